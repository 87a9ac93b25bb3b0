import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** What Node knows of the request; nothing, where it did not come over a connection. */
export const incomingOf = (context: Context) => (context.env as Partial<HttpBindings> | undefined)?.incoming;

/** Who is at the other end of the connection, whatever the request's headers say. */
export const remoteAddress = (context: Context): string => incomingOf(context)?.socket.remoteAddress ?? 'unknown';

/** The host that was asked for, with its port, in small letters. */
export function askedHost(context: Context): string {
  const incoming = incomingOf(context);
  return (
    (incoming ? incoming.headers.host : context.req.header('host')) ?? (incoming ? '' : urlHost(context))
  ).toLowerCase();
}

const urlHost = (context: Context) => new URL(context.req.url).host;

/** True where the browser came by https, to a proxy before us. */
export const cameByHttps = (context: Context): boolean =>
  context.req.header('x-forwarded-proto')?.split(',')[0]?.trim().toLowerCase() === 'https';
