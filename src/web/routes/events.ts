import { createRoute } from '@hono/zod-openapi';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { App } from '../../app.ts';
import { createNotices } from '../../lib/notices.ts';
import { Running } from '../contract.ts';
import { createRoutes } from '../routes.ts';
import type { RunWatch } from '../run-watch.ts';

/** So often something is said in any case, in milliseconds: what is dead is noticed by what cannot be sent to it. */
const BREATH = 15_000;

const description =
  'Server-sent events. `event: running` has this JSON as its data; it is sent at once, then whenever something changes, and when the last run has ended. Comments in between keep the connection alive.';

const events = createRoute({
  method: 'get',
  path: '/events',
  summary: 'Watch the runs that are under way, whoever started them',
  responses: { 200: { description, content: { 'text/event-stream': { schema: Running } } } },
});

/** @param signal aborted when the server stops: every stream ends with it. */
export function eventRoutes({ outside: { log } }: App, watch: RunWatch, signal: AbortSignal) {
  const open = new Set<SSEStreamingApi>();
  signal.addEventListener('abort', () => {
    for (const stream of open) stream.abort();
  });

  /** Tells until the stream is aborted, by its reader or by us. */
  const tell = async (stream: SSEStreamingApi) => {
    const words = createNotices<{ running: string } | 'breath' | 'over'>();
    stream.onAbort(() => words.push('over'));
    open.add(stream);
    const leave = watch.join((running) => words.push({ running }));
    const breathing = setInterval(() => words.push('breath'), BREATH);
    if (signal.aborted) stream.abort();
    try {
      while (true) {
        await words.arrived();
        const heard = words.take();
        if (heard.includes('over')) return;
        // Who reads slowly is told what is true now, and not all that was.
        const latest = heard.findLast((word) => typeof word === 'object');
        if (typeof latest === 'object') await stream.writeSSE({ event: 'running', data: latest.running });
        else await stream.write(':\n\n');
      }
    } finally {
      clearInterval(breathing);
      leave();
      open.delete(stream);
    }
  };

  return createRoutes().openapi(events, (context) =>
    streamSSE(context, tell, async (error) => log.error(`a stream of events broke: ${error.stack}`)),
  );
}
