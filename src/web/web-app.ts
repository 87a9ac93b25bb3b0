import { type Context, Hono } from 'hono';
import type { WebAccess } from '../accounts/web-access.ts';
import type { App } from '../app/open.ts';
import type { Session } from '../contract/session.ts';
import type { Log } from '../lib/log.ts';
import { createNetworks, type Networks, plainAddress } from '../lib/networks.ts';
import { createLoginThrottle } from './access/login-throttle.ts';
import { createLoginTries } from './access/login-tries.ts';
import { mayGoOn, requireSession } from './access/require-session.ts';
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
import type { OpenedLibrary } from './open-sandbox.ts';
import { servePage } from './page/serve-page.ts';

export interface Gallery {
  readonly routes: Hono;
  /** To be called when the signal was aborted: waits for the runs of the page, and closes the sandbox's library. */
  close(): Promise<void>;
}

export interface GalleryOptions {
  /** The user's own; it stays open. */
  readonly library: App;
  /** Opens the sandbox's library, when somebody first asks for it. */
  readonly openSandbox: () => Promise<OpenedLibrary>;
  /** The built page. */
  readonly pageFolder: string;
  readonly access: WebAccess;
  readonly version: string;
  /** The address that the server listens on. */
  readonly host: string;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
}

const OWN = '/api';
const SANDBOX = '/sandbox/api';
const isApi = (path: string) => [OWN, SANDBOX].some((prefix) => path === prefix || path.startsWith(`${prefix}/`));

/** The page and the API of both libraries, behind all that keeps strangers out. */
export function createGallery({
  library,
  openSandbox,
  pageFolder,
  access,
  version,
  host,
  signal,
}: GalleryOptions): Gallery {
  const { log, now, sleep } = library.outside;
  const throttle = createLoginThrottle<string>({ now, sleep, tries: createLoginTries(library.db), signal });
  const proxies = createNetworks(library.config.trustedProxies);
  const addressOf = addressFor(proxies, log);
  const sessionOf = (of: Session['library']) => ({ access, throttle, addressOf, library: of, version });

  const reach = { isLoopback: isLoopback(host) };
  const watching = { mayGoOn: mayGoOn(access, reach), onEnd: access.onEnd };

  const own = createLibraryApi(library, { prefix: OWN, session: sessionOf('own'), watching, signal });
  const askOwn = createApiServer(OWN, own, log);
  const sandbox = createLazily(async () => {
    signal.throwIfAborted();
    const opened = await openSandbox();
    const api = createLibraryApi(opened.app, { prefix: SANDBOX, session: sessionOf('sandbox'), watching, signal });
    const close = async () => {
      await api.settled();
      await opened.close();
    };
    return { ask: createApiServer(SANDBOX, api, log), close };
  });
  // Who may look is known without opening the library.
  const sandboxSession = new Hono().route(SANDBOX, sessionRoutes(sessionOf('sandbox')));

  const guard = requireSession(access, reach);

  const routes = new Hono();
  routes.onError(answerError(log));
  routes.use(requestLog(log), securityHeaders, pathCheck, hostCheck({ host, hasPassword: access.hasPassword }));
  routes.use(sameOrigin(isApi));
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
  routes.route('/', sandboxSession);
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

/** Where a password comes from. Says once that a proxy is not believed, since all who come through it share a limit. */
function addressFor(proxies: Networks, log: Log) {
  let hasWarned = false;
  return (context: Context): string => {
    const peer = plainAddress(remoteAddress(context));
    if (!hasWarned && isLoopback(peer) && forwardedFor(context).length > 0 && !proxies.has(peer)) {
      hasWarned = true;
      log.warn(
        `a proxy at ${peer} sends X-Forwarded-For, but TRUSTED_PROXIES does not name it: ` +
          'wrong passwords of everybody behind it are counted together',
      );
    }
    return clientAddress(context, proxies);
  };
}

/** Makes it when it is first asked for, once; where that fails, the next one tries again. */
function createLazily<T extends { close(): Promise<void> }>(make: () => Promise<T>) {
  let made: Promise<T> | undefined;
  return {
    get(): Promise<T> {
      made ??= make().catch((error: unknown) => {
        made = undefined;
        throw error;
      });
      return made;
    },
    async close() {
      const one = await made?.catch(() => undefined);
      await one?.close();
    },
  };
}
