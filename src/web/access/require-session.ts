import type { MiddlewareHandler } from 'hono';
import type { WebAccess } from '../../app/web-access.ts';
import { markTrusted } from '../http/connection.ts';
import { problem } from '../http/problem.ts';
import { readSessionCookie, sendSessionCookie } from './session-cookie.ts';

interface Reach {
  /** True if only this machine can reach the server. */
  readonly isLoopback: boolean;
}

/**
 * Requires a session if a password is set. A server that others can reach requires a password too: it may have been
 * removed since the server started.
 */
export const requireSession =
  (access: WebAccess, { isLoopback }: Reach): MiddlewareHandler =>
  async (context, next) => {
    const token = readSessionCookie(context);
    const found = await access.check(token);
    if (found === 'needed') return problem(context, 401, 'Log in first', 'Open the gallery and enter the password.');
    if (found === 'open' && !isLoopback) {
      return problem(
        context,
        403,
        'The password was removed, and others can reach this server',
        'Set one with: storyline-cli set-web-password',
      );
    }
    markTrusted(context);
    await next();
    if (found === 'renewed' && token !== undefined) sendSessionCookie(context, token);
    return undefined;
  };

/** Whether an answer that is still being sent may continue: its session may have ended since it began. */
export const mayContinue =
  (access: WebAccess, { isLoopback }: Reach) =>
  async (token: string | undefined): Promise<boolean> => {
    const found = await access.recheck(token);
    return found === 'granted' || (found === 'open' && isLoopback);
  };
