import type { MiddlewareHandler } from 'hono';
import { problem } from '../api/routes.ts';
import { askedHost } from './connection.ts';

interface HostCheck {
  /** The address that the server listens on. */
  readonly host: string;
  readonly hasPassword: () => Promise<boolean>;
}

/**
 * Serves this machine's own names only, unless a password is set: a foreign name that was made to lead here (DNS
 * rebinding) would let a foreign page read the library. Ports are free: an SSH tunnel may have another one.
 */
export function hostCheck({ host, hasPassword }: HostCheck): MiddlewareHandler {
  const own = new Set(['localhost', '127.0.0.1', '[::1]', host.includes(':') ? `[${host}]` : host.toLowerCase()]);
  return async (context, next) => {
    const name = askedHost(context).replace(/:\d*$/, '');
    if (name === '') return problem(context, 400, 'The request names no host');
    if (own.has(name) || (await hasPassword())) return next();
    return problem(
      context,
      421,
      'The gallery is not served under that name',
      'Open it as http://localhost with its port, or set a password with: storyline-cli set-web-password',
    );
  };
}
