import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { type Networks, networkOf, plainAddress } from '../../lib/networks.ts';

/** Connections of users with access: closed last. */
const trusted = new WeakSet<Socket>();

export const trustConnection = (socket: Socket): void => void trusted.add(socket);

interface Connection {
  readonly socket: Socket;
  /** The address or network that it counts for. */
  readonly client: string;
  /** The last request on it. */
  exchange: readonly [IncomingMessage, ServerResponse] | undefined;
}

/** The rank of a connection of a user with access that is being answered. */
const HIGHEST_RANK = 3;
/** Connections that were closed, but are not gone yet. */
const CLOSING = 64;

interface Limits {
  /** Connections at the same time. */
  readonly all: number;
  /** From one address. Trusted proxies have no limit of their own. */
  readonly ofOne: number;
}

/**
 * Keeps idle connections from blocking new ones. If there are too many, one is closed: preferably of a client without
 * access, then an idle one, then one of the client with the most connections, then the oldest.
 */
export function limitConnections(server: Server, { all, ofOne }: Limits, proxies: Networks): void {
  const open = new Map<Socket, Connection>();
  server.maxConnections = all + CLOSING;

  const countOf = (client: string) => [...open.values()].filter((one) => one.client === client).length;
  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    const client = isIPv6(address) ? networkOf(address, 64) : address;
    const connection: Connection = { socket, client, exchange: undefined };
    open.set(socket, connection);
    socket.once('close', () => open.delete(socket));
    const isTooMany = !proxies.has(address) && countOf(connection.client) > ofOne;
    const rivals = [...open.values()].filter(({ client }) => !isTooMany || client === connection.client);
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

/** The connection to close: the newcomer if all others rank higher. */
function leastOf(connections: readonly Connection[], newcomer: Connection): Connection {
  const counts = new Map<string, number>();
  for (const { client } of connections) counts.set(client, (counts.get(client) ?? 0) + 1);
  const rank = (one: Connection) => (trusted.has(one.socket) ? 2 : 0) + (isAnswering(one) ? 1 : 0);
  const [least] = connections
    .filter((one) => one !== newcomer && rank(one) < HIGHEST_RANK)
    // The sort is stable: of equal connections, the oldest is first.
    .toSorted((a, b) => rank(a) - rank(b) || (counts.get(b.client) ?? 0) - (counts.get(a.client) ?? 0));
  return least ?? newcomer;
}

/** True while an answer is being made or sent, after the request has arrived completely. */
function isAnswering({ exchange }: Connection): boolean {
  if (!exchange) return false;
  const [request, response] = exchange;
  return request.complete && !response.writableFinished && !response.destroyed;
}
