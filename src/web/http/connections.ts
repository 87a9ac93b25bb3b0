import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { type Networks, networkOf, plainAddress } from '../../lib/networks.ts';

/** Connections of those who may look: they give way last. */
const trusted = new WeakSet<Socket>();

export const trustConnection = (socket: Socket): void => void trusted.add(socket);

interface Held {
  readonly socket: Socket;
  /** The address or network that it counts for. */
  readonly holder: string;
  /** The last request on it. */
  exchange: readonly [IncomingMessage, ServerResponse] | undefined;
}

/** Of somebody who may look, and being answered. */
const MOST_WORTH = 3;
const CLOSING = 64;

interface Limits {
  /** Connections at the same time. */
  readonly all: number;
  /** From one address; proxies that are named as trusted have no limit of their own. */
  readonly ofOne: number;
}

/**
 * Keeps connections that are held open for nothing from shutting others out. Where there are too many, one is closed to
 * make room for the new one: of the address that has most, rather an idle one than one that is answered, rather a
 * stranger's than one of somebody who may look, and rather an old one than a young one.
 */
export function limitConnections(server: Server, { all, ofOne }: Limits, proxies: Networks): void {
  const open = new Map<Socket, Held>();
  // What is closed takes a moment to be gone.
  server.maxConnections = all + CLOSING;

  const countOf = (holder: string) => [...open.values()].filter((one) => one.holder === holder).length;
  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    const holder = isIPv6(address) ? networkOf(address, 64) : address;
    const connection: Held = { socket, holder, exchange: undefined };
    open.set(socket, connection);
    socket.once('close', () => open.delete(socket));
    const isTooMany = !proxies.has(address) && countOf(connection.holder) > ofOne;
    const rivals = [...open.values()].filter(({ holder }) => !isTooMany || holder === connection.holder);
    if (!isTooMany && open.size <= all) return;
    const least = leastOf(rivals, connection);
    open.delete(least.socket);
    least.socket.destroy();
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = open.get(request.socket);
    if (connection) connection.exchange = [request, response];
  });
}

/** The one to close: the newcomer, where all others are worth more. */
function leastOf(connections: readonly Held[], newcomer: Held): Held {
  const counts = new Map<string, number>();
  for (const { holder } of connections) counts.set(holder, (counts.get(holder) ?? 0) + 1);
  const worth = (one: Held) => (trusted.has(one.socket) ? 2 : 0) + (isAnswered(one) ? 1 : 0);
  const [least] = connections
    .filter((one) => one !== newcomer && worth(one) < MOST_WORTH)
    // Sorting keeps the order of what is equal: the oldest one is the first.
    .toSorted((a, b) => worth(a) - worth(b) || (counts.get(b.holder) ?? 0) - (counts.get(a.holder) ?? 0));
  return least ?? newcomer;
}

/** True while an answer is made or sent; a request that has not arrived whole is not answered yet. */
function isAnswered({ exchange }: Held): boolean {
  if (!exchange) return false;
  const [request, response] = exchange;
  return request.complete && !response.writableFinished && !response.destroyed;
}
