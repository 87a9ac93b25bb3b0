import { createRoute } from '@hono/zod-openapi';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { App } from '../../../app/open.ts';
import { Running } from '../../../contract/events.ts';
import { StorylineError } from '../../../errors.ts';
import { createNotices } from '../../../lib/mailbox.ts';
import { readSessionCookie } from '../../access/session-cookie.ts';
import { createRoutes } from '../routes.ts';
import type { RunWatch } from '../run-watch.ts';

/** So often something is said in any case, in milliseconds: what is dead is noticed by what cannot be sent to it. */
const BREATH = 15_000;

const description =
  'Server-sent events. `event: running` has this JSON as its data; it is sent at once, then whenever something changes, and when the last run has ended. Comments in between keep the connection alive.';

const HEADERS = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' };

const events = createRoute({
  method: 'get',
  path: '/events',
  summary: 'Watch the runs that are under way, whoever started them',
  responses: { 200: { description, content: { 'text/event-stream': { schema: Running } } } },
});

/** Until when a stream may tell of the library. */
export interface Watching {
  /** Whether a session, by its token, is still good. */
  mayGoOn(token: string | undefined): Promise<boolean>;
  /** Calls when a session has ended in this process. */
  onEnd(listener: () => void): () => void;
}

const ANYBODY: Watching = { mayGoOn: async () => true, onEnd: () => () => undefined };

/** @param signal aborted when the server stops: every stream ends with it. */
export function eventRoutes({ outside: { log } }: App, watch: RunWatch, signal: AbortSignal, watching = ANYBODY) {
  const open = new Set<SSEStreamingApi>();
  signal.addEventListener('abort', () => {
    for (const stream of open) stream.abort();
  });

  /** Tells until the stream is aborted, by its reader or by us, or the session ends. */
  const tell = async (stream: SSEStreamingApi, token: string | undefined) => {
    const words = createNotices<{ running: string } | 'breath' | 'over'>();
    stream.onAbort(() => words.push('over'));
    open.add(stream);
    const leave = watch.join((running) => words.push({ running }));
    const forget = watching.onEnd(() => words.push('breath'));
    const breathing = setInterval(() => words.push('breath'), BREATH);
    if (signal.aborted) stream.abort();
    try {
      while (true) {
        await words.arrived();
        const heard = words.take();
        if (heard.includes('over')) return;
        // Sessions end in other processes too: nothing is said without a look.
        if (!(await mayHear(token))) return;
        // Who reads slowly is told what is true now, and not all that was.
        const latest = heard.findLast((word) => typeof word === 'object');
        if (typeof latest === 'object') await stream.writeSSE({ event: 'running', data: latest.running });
        else await stream.write(':\n\n');
      }
    } finally {
      clearInterval(breathing);
      forget();
      leave();
      open.delete(stream);
    }
  };
  /** A database that is away for a while ends nothing, and tells nothing. */
  const mayHear = (token: string | undefined) =>
    watching.mayGoOn(token).catch((error: unknown) => {
      if (error instanceof StorylineError) return true;
      throw error;
    });

  return createRoutes().openapi(events, (context) => {
    // Nobody reads the stream of a HEAD request: it would never end.
    if (context.req.method === 'HEAD') return context.body(null, 200, HEADERS);
    const token = readSessionCookie(context);
    return streamSSE(
      context,
      (stream) => tell(stream, token),
      async (error) => log.error(`a stream of events broke: ${error.stack}`),
    );
  });
}
