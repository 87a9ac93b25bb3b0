import type { MiddlewareHandler } from 'hono';
import { requestedHost } from './connection.ts';
import { problem } from './problem.ts';

interface HostCheck {
  /** The address that the server listens on. */
  readonly host: string;
  readonly hasPassword: () => Promise<boolean>;
}

/**
 * Accepts only names of this machine, unless a password is set: otherwise a page of a foreign host name that resolves to
 * this machine (DNS rebinding) could read the library. Any port is accepted: an SSH tunnel may use another one.
 */
export function hostCheck({ host, hasPassword }: HostCheck): MiddlewareHandler {
  const own = new Set(['localhost', '127.0.0.1', '[::1]', host.includes(':') ? `[${host}]` : host.toLowerCase()]);
  return async (context, next) => {
    const name = requestedHost(context).replace(/:\d*$/, '');
    if (name === '') return problem(context, 400, 'The request has no Host header');
    if (own.has(name) || (await hasPassword())) return next();
    return problem(
      context,
      421,
      'The gallery does not serve this host name',
      'Open http://localhost with the port, or set a password with: storyline-cli set-web-password',
    );
  };
}
