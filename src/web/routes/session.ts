import { createRoute } from '@hono/zod-openapi';
import { remoteAddress } from '../connection.ts';
import { Login, Session } from '../contract.ts';
import type { LoginThrottle } from '../login-throttle.ts';
import { createRoutes, json, problem, refusals } from '../routes.ts';
import { clearSessionCookie, readSessionCookie, sendSessionCookie } from '../session-cookie.ts';
import type { WebAccess } from '../web-access.ts';

/** Who may look, and at which of the two libraries. */
export interface SessionOptions {
  readonly access: WebAccess;
  readonly throttle: LoginThrottle;
  readonly library: Session['library'];
  readonly version: string;
}

const look = createRoute({
  method: 'get',
  path: '/session',
  summary: 'Whether this browser may look at the library',
  responses: { 200: json(Session, 'It may, or a password is needed.') },
});

const logIn = createRoute({
  method: 'post',
  path: '/session',
  summary: 'Give the password',
  request: { body: { ...json(Login, 'The password.'), required: true } },
  responses: { 200: json(Session, 'It was right; a cookie comes with the answer.'), ...refusals(400, 401, 429) },
});

const logOut = createRoute({
  method: 'delete',
  path: '/session',
  summary: 'Log out',
  responses: { 200: json(Session, 'The session has ended.') },
});

export function sessionRoutes({ access, throttle, library, version }: SessionOptions) {
  const routes = createRoutes();
  const session = (found: Session['access']): Session => ({ access: found, library, version });

  routes.openapi(look, async (context) => {
    const found = await access.check(readSessionCookie(context));
    return context.json(session(found === 'renewed' ? 'granted' : found), 200);
  });
  routes.openapi(logIn, async (context) => {
    const attempt = throttle.begin(remoteAddress(context));
    if (attempt.wait !== undefined) {
      context.header('Retry-After', String(attempt.wait));
      return problem(context, 429, 'There were too many wrong passwords', `Try again in ${attempt.wait} s.`);
    }
    const token = await access.logIn(context.req.valid('json').password);
    if (token === undefined) return problem(context, 401, 'That is not the password');
    attempt.succeed();
    sendSessionCookie(context, token);
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
