import type { MiddlewareHandler } from 'hono';
import type { WebAccess } from '../../accounts/web-access.ts';
import { problem } from '../api/routes.ts';
import { markTrusted } from '../http/connection.ts';
import { readSessionCookie, sendSessionCookie } from './session-cookie.ts';

interface Reach {
  /** True where this machine alone reaches the server. */
  readonly isLoopback: boolean;
}

/**
 * Lets those pass who gave the password, where one is set. A server that others can reach lets nobody pass without one:
 * it may have been removed meanwhile.
 */
export const requireSession =
  (access: WebAccess, { isLoopback }: Reach): MiddlewareHandler =>
  async (context, next) => {
    const token = readSessionCookie(context);
    const found = await access.check(token);
    if (found === 'needed')
      return problem(context, 401, 'The password is needed', 'Log in on the page of the gallery.');
    if (found === 'open' && !isLoopback) {
      return problem(
        context,
        403,
        'No password is set any more, and this server can be reached by others',
        'Set one with: storyline-cli set-web-password',
      );
    }
    markTrusted(context);
    await next();
    if (found === 'renewed' && token !== undefined) sendSessionCookie(context, token);
    return undefined;
  };

/** Whether an answer that is still being sent may go on: a session may have ended since it began. */
export const mayGoOn =
  (access: WebAccess, { isLoopback }: Reach) =>
  async (token: string | undefined): Promise<boolean> => {
    const found = await access.recheck(token);
    return found === 'granted' || (found === 'open' && isLoopback);
  };
