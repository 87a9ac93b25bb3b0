import { type Context, Hono } from 'hono';
import type { App } from '../app/open.ts';
import type { SandboxLibrary } from '../app/sandbox.ts';
import type { LoginTries, WebAccess } from '../app/web-access.ts';
import type { Session } from '../contract/session.ts';
import type { Log } from '../lib/log.ts';
import { createNetworks, type Networks, plainAddress } from '../lib/networks.ts';
import { createLoginThrottle } from './access/login-throttle.ts';
import { mayContinue, requireSession } from './access/require-session.ts';
import { createApiServer } from './api/api-server.ts';
import { createLibraryApi } from './api/library-api.ts';
import { sessionRoutes } from './api/routes/session.ts';
import { answerError } from './http/answer-error.ts';
import { compressJson } from './http/compress-json.ts';
import { clientAddress, forwardedFor, remoteAddress } from './http/connection.ts';
import { hostCheck } from './http/host-check.ts';
import { isLoopback } from './http/loopback.ts';
import { pathCheck } from './http/path-check.ts';
import { jsonBodies, smallBodies } from './http/request-bodies.ts';
import { requestLog } from './http/request-log.ts';
import { sameOrigin } from './http/same-origin.ts';
import { securityHeaders } from './http/security-headers.ts';
import type { Paces } from './paces.ts';
import { servePage } from './page/serve-page.ts';

export interface WebRoutes {
  readonly routes: Hono;
  /** Call it after the signal was aborted: waits for the runs of the page, and closes the sandbox's library. */
  close(): Promise<void>;
}

export interface WebRoutesOptions {
  /** The user's library; stays open. */
  readonly library: App;
  /** Called on the first request for the sandbox. */
  readonly openSandbox: () => Promise<SandboxLibrary>;
  /** Has the built page in it. */
  readonly pageFolder: string;
  readonly access: WebAccess;
  readonly tries: LoginTries;
  readonly version: string;
  /** The address that the server listens on. */
  readonly host: string;
  readonly paces?: Paces | undefined;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
}

const OWN = '/api';
const SANDBOX = '/sandbox/api';
const isApi = (path: string) => [OWN, SANDBOX].some((prefix) => path === prefix || path.startsWith(`${prefix}/`));

/** The page and the API of both libraries, behind the checks of who may see them. */
export function createWebRoutes(options: WebRoutesOptions): WebRoutes {
  const { library, pageFolder, access, tries, version, host, paces, signal } = options;
  const { log, now, sleep } = library.outside;
  const throttle = createLoginThrottle<string>({ now, sleep, tries, signal });
  const addressOf = addressReader(createNetworks(library.config.trustedProxies), log);
  const sessionOf = (of: Session['library']) => ({ access, throttle, addressOf, library: of, version });

  const reach = { isLoopback: isLoopback(host) };
  const streams = { mayContinue: mayContinue(access, reach), onEnd: access.onEnd };

  const own = createLibraryApi(library, { prefix: OWN, session: sessionOf('own'), streams, paces, signal });
  const askOwn = createApiServer(OWN, own, log);
  const sandbox = createLazily(async () => {
    signal.throwIfAborted();
    const opened = await options.openSandbox();
    const session = sessionOf('sandbox');
    const api = createLibraryApi(opened.app, { prefix: SANDBOX, session, streams, paces, signal });
    const close = async () => {
      await api.settled();
      await opened.close();
    };
    return { ask: createApiServer(SANDBOX, api, log), close };
  });

  const routes = new Hono();
  routes.onError(answerError(log));
  routes.use(requestLog(log), securityHeaders, pathCheck, hostCheck({ host, hasPassword: access.hasPassword }));
  routes.use(sameOrigin(isApi));
  const guard = requireSession(access, reach);
  for (const prefix of [OWN, SANDBOX]) {
    routes.use(`${prefix}/*`, async (context, next) => {
      await next();
      if (!context.res.headers.has('cache-control')) context.res.headers.set('Cache-Control', 'no-store');
    });
    routes.use(`${prefix}/*`, compressJson, jsonBodies, smallBodies);
    routes.use(`${prefix}/*`, (context, next) =>
      context.req.path === `${prefix}/session` ? next() : guard(context, next),
    );
  }
  // Logging in does not start the sandbox.
  routes.route(SANDBOX, sessionRoutes(sessionOf('sandbox')));
  routes.all(`${OWN}/*`, ({ req, env }) => askOwn(req.raw, env));
  routes.all(`${SANDBOX}/*`, async ({ req, env }) => (await sandbox.get()).ask(req.raw, env));
  routes.route('/', servePage(pageFolder));
  return {
    routes,
    async close() {
      await Promise.all([own.settled(), sandbox.close()]);
    },
  };
}

/** Reads the address that a password comes from. Warns once about an untrusted proxy: all its clients share one limit. */
function addressReader(proxies: Networks, log: Log) {
  let hasWarned = false;
  return (context: Context): string => {
    const peer = plainAddress(remoteAddress(context));
    if (!hasWarned && isLoopback(peer) && forwardedFor(context).length > 0 && !proxies.has(peer)) {
      hasWarned = true;
      log.warn(
        `a proxy at ${peer} sends X-Forwarded-For, but is not in TRUSTED_PROXIES: ` +
          'wrong passwords of everybody behind it count together',
      );
    }
    return clientAddress(context, proxies);
  };
}

/** Creates a value on the first use; after a failure, the next use tries again. */
function createLazily<T extends { close(): Promise<void> }>(create: () => Promise<T>) {
  let created: Promise<T> | undefined;
  return {
    get(): Promise<T> {
      created ??= create().catch((error: unknown) => {
        created = undefined;
        throw error;
      });
      return created;
    },
    async close() {
      const value = await created?.catch(() => undefined);
      await value?.close();
    },
  };
}
