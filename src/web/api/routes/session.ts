import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { WebAccess } from '../../../app/web-access.ts';
import { Login, Session } from '../../../contract/session.ts';
import type { LoginOrigin } from '../../access/login-counters.ts';
import type { LoginThrottle } from '../../access/login-throttle.ts';
import {
  clearSessionCookie,
  readBrowserCookie,
  readSessionCookie,
  sendBrowserCookie,
  sendSessionCookie,
} from '../../access/session-cookie.ts';
import { problem } from '../../http/problem.ts';
import { createRoutes, json, problems } from '../openapi.ts';

export interface SessionOptions {
  readonly access: WebAccess;
  readonly throttle: LoginThrottle<string>;
  /** The address that a request came from. */
  readonly addressOf: (context: Context) => string;
  /** Which of the two libraries these routes belong to. */
  readonly library: Session['library'];
  readonly version: string;
}

const read = createRoute({
  method: 'get',
  path: '/session',
  summary: 'Get the session',
  responses: { 200: json(Session, 'Whether this browser may see the library.') },
});

const logIn = createRoute({
  method: 'post',
  path: '/session',
  summary: 'Log in',
  request: { body: { ...json(Login, 'The password.'), required: true } },
  responses: { 200: json(Session, 'Logged in; the answer sets a cookie.'), ...problems(400, 401, 429) },
});

const logOut = createRoute({
  method: 'delete',
  path: '/session',
  summary: 'Log out',
  responses: { 200: json(Session, 'The session has ended.') },
});

const BUSY = {
  later: 'Many wrong passwords were sent: yours is waiting in line, and keeps its place',
  full: 'Many wrong passwords were sent, and the line is full',
};

export function sessionRoutes({ access, throttle, addressOf, library, version }: SessionOptions) {
  const routes = createRoutes();
  const session = (found: Session['access']): Session => ({ access: found, library, version });

  routes.openapi(read, async (context) => {
    const found = await access.check(readSessionCookie(context));
    return context.json(session(found === 'renewed' ? 'granted' : found), 200);
  });
  routes.openapi(logIn, async (context) => {
    const { password } = context.req.valid('json');
    const browser = await access.findBrowser(readBrowserCookie(context));
    const from: LoginOrigin = { address: addressOf(context), browser };
    const { signal } = context.req.raw;
    const outcome = await throttle.attempt({ from, password, compare: () => access.logIn(password), signal });
    if (outcome.kind === 'wrong') return problem(context, 401, 'Wrong password');
    if (outcome.kind !== 'right') {
      const { kind, retryAfter } = outcome;
      context.header('Retry-After', String(retryAfter));
      return problem(context, 429, BUSY[kind], `Send the password again in ${retryAfter} s.`);
    }
    sendSessionCookie(context, outcome.value);
    const known = await access.rememberBrowser(outcome.value, readBrowserCookie(context));
    if (known !== undefined) sendBrowserCookie(context, known);
    return context.json(session('granted'), 200);
  });
  routes.openapi(logOut, async (context) => {
    const token = readSessionCookie(context);
    if (token !== undefined) await access.logOut(token);
    clearSessionCookie(context);
    return context.json(session((await access.hasPassword()) ? 'needed' : 'open'), 200);
  });
  return routes;
}
