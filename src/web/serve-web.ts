import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { App } from '../app/open.ts';
import { openSandboxLibrary } from '../app/sandbox.ts';
import { openWebAccess } from '../app/web-access.ts';
import { UsageError } from '../errors.ts';
import { createNetworks } from '../lib/networks.ts';
import { version } from '../version.ts';
import { limitConnections } from './http/connections.ts';
import { isLoopback } from './http/loopback.ts';
import { SECURITY_HEADERS } from './http/security-headers.ts';
import type { Paces } from './paces.ts';
import { findPageFolder } from './page/page-folder.ts';
import { createWebRoutes } from './web-routes.ts';

export interface WebServer {
  /** The address to open, such as `http://127.0.0.1:8765/`. */
  readonly address: string;
  /** Resolves after the signal was aborted and everything is closed. */
  readonly done: Promise<void>;
}

/** Limits for slow clients, in milliseconds and bytes. */
const LIMITS = {
  headersTimeout: 10_000,
  // Ends with the last byte of the request: answers may take as long as they need.
  requestTimeout: 30_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
};
/** A browser opens ten at most, a proxy that is not in TRUSTED_PROXIES some dozens. */
const CONNECTIONS = { all: 512, ofOne: 128 };
/** Milliseconds that answers may continue after the server begins to close. */
const GRACE = 2000;

interface WebOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Has the built page in it, if not the usual folder. */
  readonly pageFolder?: string;
  readonly paces?: Paces;
}

/**
 * Serves the gallery until the signal is aborted.
 *
 * @throws {UsageError} if the port cannot be used, or if other machines can reach the server and no password is set.
 */
export async function serveWeb(app: App, options: WebOptions, signal: AbortSignal): Promise<WebServer> {
  const { host, port, pageFolder, paces } = options;
  const { access, tries } = openWebAccess(app);
  if (!isLoopback(host) && !(await access.hasPassword())) {
    throw new UsageError(`Refusing to listen on ${host} without a password: others could see the library`, {
      hint: 'Set one first: storyline-cli set-web-password',
    });
  }
  const { routes, close } = createWebRoutes({
    library: app,
    openSandbox: () => openSandboxLibrary(app),
    pageFolder: findPageFolder(pageFolder === undefined ? undefined : [pageFolder]),
    access,
    tries,
    version,
    host,
    paces,
    signal,
  });
  const listener = getRequestListener(routes.fetch, { hostname: host, errorHandler: answerUnreadable });
  const server = createServer(LIMITS, (request, response) => void listener(request, response));
  limitConnections(server, CONNECTIONS, createNetworks(app.config.trustedProxies));
  await listen(server, host, port);
  return { address: addressOf(server, host), done: closeAfter(signal, server, close) };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' || error.code === 'EACCES') {
      throw new UsageError(`Port ${port} cannot be used for the gallery: ${error.code}`, {
        hint: 'Is the gallery already running? If not, choose another port with --port, or 0 for any free one.',
      });
    }
    throw new UsageError(`The gallery cannot listen on ${host}: ${error.code}`, {
      hint: 'Give --host an address of this machine, or leave it out.',
    });
  });
}

function addressOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}/`;
}

async function closeAfter(signal: AbortSignal, server: Server, closeRoutes: () => Promise<void>): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  const closed = once(server, 'close');
  server.close();
  await closeRoutes();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE);
  await closed;
  clearTimeout(timer);
}

/** For requests that cannot be passed to the routes, such as those with an invalid address. */
function answerUnreadable(error: unknown): Response {
  const isInvalid = error instanceof RequestError;
  const message = isInvalid ? 'The request is invalid' : 'Internal error';
  return Response.json({ error: { message } }, { status: isInvalid ? 400 : 500, headers: SECURITY_HEADERS });
}
