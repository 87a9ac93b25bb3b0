import { isIP } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { type Networks, plainAddress } from '../../lib/networks.ts';
import { trustConnection } from './connections.ts';

/** What Node knows of the request; nothing, where it did not come over a connection. */
export const incomingOf = (context: Context) => (context.env as Partial<HttpBindings> | undefined)?.incoming;

/** Who is at the other end of the connection, whatever the request's headers say. */
export const remoteAddress = (context: Context): string => incomingOf(context)?.socket.remoteAddress ?? 'unknown';

/**
 * Who asks: behind a proxy that is named as trusted, the address that it gives in `X-Forwarded-For`. Of several the last
 * one that is no trusted proxy counts: a client may have written what stands before it. `Forwarded` is not read: a proxy
 * that sets one of the two passes the other on as the client sent it.
 */
export function clientAddress(context: Context, proxies: Networks): string {
  const peer = remoteAddress(context);
  let address = peer;
  for (const each of forwardedFor(context).toReversed()) {
    if (!proxies.has(address)) break;
    const next = addressIn(each);
    if (next === undefined) break;
    address = next;
  }
  return plainAddress(address);
}

export const forwardedFor = (context: Context): string[] =>
  (context.req.header('x-forwarded-for') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

/** Some proxies add the port. */
function addressIn(text: string): string | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? undefined : bare;
}

/** Notes that this connection's browser may look. */
export function markTrusted(context: Context): void {
  const socket = incomingOf(context)?.socket;
  if (socket) trustConnection(socket);
}

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
