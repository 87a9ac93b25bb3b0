import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { createWebAccess } from '../accounts/web-access.ts';
import type { App } from '../app/open.ts';
import { UsageError } from '../errors.ts';
import { createNetworks } from '../lib/networks.ts';
import { version } from '../version.ts';
import { limitConnections } from './http/connections.ts';
import { isLoopback } from './http/loopback.ts';
import { SECURITY_HEADERS } from './http/security-headers.ts';
import { openSandbox } from './open-sandbox.ts';
import { findPageFolder } from './page/page-folder.ts';
import { createGallery } from './web-app.ts';

export interface WebServer {
  /** Where it can be opened, such as `http://127.0.0.1:8765/`. */
  readonly address: string;
  /** Comes when the signal was aborted and all is closed. */
  readonly done: Promise<void>;
}

/** Against clients that take their time: milliseconds for the headers, for the whole request, between requests. */
const LIMITS = {
  headersTimeout: 10_000,
  // It ends with the request's last byte: downloads and events take as long as they like.
  requestTimeout: 30_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
};
/** A browser holds ten at most, a proxy that is not named as trusted some dozens. */
const CONNECTIONS = { all: 512, ofOne: 128 };
/** Milliseconds that answers under way have, when the server closes. */
const FAREWELL = 2000;

interface WebOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Where the built page lies, if not in its usual place. */
  readonly pageFolder?: string;
}

/**
 * Serves the gallery until the signal is aborted.
 *
 * @throws {UsageError} where the port cannot be had, or others could look without a password.
 */
export async function serveWeb(app: App, options: WebOptions, signal: AbortSignal): Promise<WebServer> {
  const { host, port, pageFolder } = options;
  const access = createWebAccess({ db: app.db, now: app.outside.now });
  if (!isLoopback(host) && !(await access.hasPassword())) {
    throw new UsageError(`On ${host} others could look at the library, and no password is set`, {
      hint: 'Set one first: storyline-cli set-web-password',
    });
  }
  const gallery = createGallery({
    library: app,
    openSandbox: () => openSandbox(app),
    pageFolder: findPageFolder(pageFolder === undefined ? undefined : [pageFolder]),
    access,
    version,
    host,
    signal,
  });
  const listener = getRequestListener(gallery.routes.fetch, { hostname: host, errorHandler: answerUnreadable });
  const server = createServer(LIMITS, (request, response) => void listener(request, response));
  limitConnections(server, CONNECTIONS, createNetworks(app.config.trustedProxies));
  await listen(server, host, port);
  return { address: addressOf(server, host), done: closing(server, gallery.close, signal) };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' || error.code === 'EACCES') {
      throw new UsageError(`Port ${port} cannot be used for the gallery: ${error.code}`, {
        hint: 'Is it open already? If not, name another one with --port, or 0 for any free one.',
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

async function closing(server: Server, closeGallery: () => Promise<void>, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  const closed = once(server, 'close');
  server.close();
  await closeGallery();
  const timer = setTimeout(() => server.closeAllConnections(), FAREWELL);
  await closed;
  clearTimeout(timer);
}

/** What cannot even be handed to the routes: Node took it for HTTP, but there is no such address. */
function answerUnreadable(error: unknown): Response {
  const isTheirs = error instanceof RequestError;
  const message = isTheirs ? 'The request cannot be read' : 'Something went wrong here';
  return Response.json({ error: { message } }, { status: isTheirs ? 400 : 500, headers: SECURITY_HEADERS });
}
