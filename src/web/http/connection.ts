import { isIP } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { type Networks, plainAddress } from '../../lib/networks.ts';
import { trustConnection } from './connections.ts';

/** Node's request; undefined in tests that do not use a connection. */
export const incomingOf = (context: Context) => (context.env as Partial<HttpBindings> | undefined)?.incoming;

/** The address at the other end of the connection, whatever the headers say. */
export const remoteAddress = (context: Context): string => incomingOf(context)?.socket.remoteAddress ?? 'unknown';

/**
 * The client's address: behind a trusted proxy, the last address in `X-Forwarded-For` that is not a trusted proxy (the
 * client may have written the ones before). `Forwarded` is ignored: a proxy that sets one of the two headers passes on the
 * other as the client sent it.
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

/** Marks the connection as that of a user with access. */
export function markTrusted(context: Context): void {
  const socket = incomingOf(context)?.socket;
  if (socket) trustConnection(socket);
}

/** The requested host with its port, in lower case. */
export function requestedHost(context: Context): string {
  const incoming = incomingOf(context);
  return (
    (incoming ? incoming.headers.host : context.req.header('host')) ?? (incoming ? '' : urlHost(context))
  ).toLowerCase();
}

const urlHost = (context: Context) => new URL(context.req.url).host;

/** True if the browser uses https, to a proxy in front of this server. */
export const isHttps = (context: Context): boolean =>
  context.req.header('x-forwarded-proto')?.split(',')[0]?.trim().toLowerCase() === 'https';
