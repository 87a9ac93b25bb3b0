import { createRoute } from '@hono/zod-openapi';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { App } from '../../../app/open.ts';
import { Running } from '../../../contract/events.ts';
import { StorylineError } from '../../../errors.ts';
import { createNotices } from '../../../lib/mailbox.ts';
import { readSessionCookie } from '../../access/session-cookie.ts';
import { PACES, type Paces } from '../../paces.ts';
import { createRoutes } from '../openapi.ts';
import type { RunWatch } from '../run-watch.ts';

const description =
  'Server-sent events. `event: running` carries this JSON: immediately, after every change, and when the last run has ended. Comments in between keep the connection alive.';

const HEADERS = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' };

const events = createRoute({
  method: 'get',
  path: '/events',
  summary: 'Watch the runs in progress',
  responses: { 200: { description, content: { 'text/event-stream': { schema: Running } } } },
});

/** How long a stream may continue. */
export interface StreamAccess {
  /** Whether a session, given by its token, is still valid. */
  mayContinue(token: string | undefined): Promise<boolean>;
  /** Calls the listener when a session has ended in this process; returns a function that stops it. */
  onEnd(listener: () => void): () => void;
}

const EVERYBODY: StreamAccess = { mayContinue: async () => true, onEnd: () => () => undefined };

interface EventOptions {
  readonly watch: RunWatch;
  readonly streams?: StreamAccess | undefined;
  readonly paces?: Pick<Paces, 'ping'> | undefined;
  /** Aborted when the server stops; ends all streams. */
  readonly signal: AbortSignal;
}

export function eventRoutes(
  { outside: { log } }: App,
  { watch, signal, streams = EVERYBODY, paces: { ping } = PACES }: EventOptions,
) {
  const open = new Set<SSEStreamingApi>();
  signal.addEventListener('abort', () => {
    for (const stream of open) stream.abort();
  });

  /** Sends events until the reader leaves, the server stops or the session ends. */
  const send = async (stream: SSEStreamingApi, token: string | undefined) => {
    const mailbox = createNotices<{ running: string } | 'ping' | 'over'>();
    stream.onAbort(() => mailbox.push('over'));
    open.add(stream);
    const leave = watch.join((running) => mailbox.push({ running }));
    const forget = streams.onEnd(() => mailbox.push('ping'));
    const pinging = setInterval(() => mailbox.push('ping'), ping);
    if (signal.aborted) stream.abort();
    try {
      while (true) {
        await mailbox.arrived();
        const messages = mailbox.take();
        if (messages.includes('over')) return;
        // Another process may have ended the session.
        if (!(await maySend(token))) return;
        // Slow readers get the present state, without the states before it.
        const latest = messages.findLast((message) => typeof message === 'object');
        if (typeof latest === 'object') await stream.writeSSE({ event: 'running', data: latest.running });
        else await stream.write(':\n\n');
      }
    } finally {
      clearInterval(pinging);
      forget();
      leave();
      open.delete(stream);
    }
  };
  /** A database that is away for a while does not end the stream. */
  const maySend = (token: string | undefined) =>
    streams.mayContinue(token).catch((error: unknown) => {
      if (error instanceof StorylineError) return true;
      throw error;
    });

  return createRoutes().openapi(events, (context) => {
    // Nobody reads the stream of a HEAD request: it would never end.
    if (context.req.method === 'HEAD') return context.body(null, 200, HEADERS);
    const token = readSessionCookie(context);
    return streamSSE(
      context,
      (stream) => send(stream, token),
      async (error) => log.error(`an event stream failed: ${error.stack}`),
    );
  });
}
