import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../errors.ts';
import { codeIn, isState, SignInError } from './consent.ts';

/** A local server that the browser is sent back to after the person has consented. */
export interface Callback {
  /** The address that the browser is sent back to. */
  readonly redirectUri: string;
  /** The code from the browser. @throws {SignInError} also if the browser does not come back in time. */
  readonly code: Promise<string>;
  close(): void;
}

interface CallbackOptions {
  /** 0: any free port. */
  port: number;
  state: string;
  /** How long to wait, in milliseconds. */
  timeout: number;
  signal: AbortSignal;
}

const PATH = '/callback';
const LOOPBACK = '127.0.0.1';

/**
 * Starts the server, on the loopback interface only. It accepts one answer, the first with the right `state`.
 *
 * @throws {UsageError} if the port cannot be used.
 */
export async function openCallback({ port, state, timeout, signal }: CallbackOptions): Promise<Callback> {
  let settle: { resolve: (code: string) => void; reject: (error: unknown) => void } | undefined;
  const code = new Promise<string>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // The caller may no longer wait for it when it fails.
  code.catch(() => undefined);
  const fail = (error: unknown) => settle?.reject(error);

  const listener: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', `http://${LOOPBACK}`);
    if (url.pathname !== PATH) return answer(response, 404, 'Not found.');
    if (request.method !== 'GET') return answer(response, 405, 'Method not allowed.');
    if (!isState(url.searchParams.get('state'), state)) {
      return answer(response, 400, 'This does not belong to the current sign-in. Start again from the terminal.');
    }
    if (!settle) return answer(response, 410, 'This sign-in is already complete. Return to the terminal.');
    const { resolve, reject } = settle;
    settle = undefined;
    try {
      const found = codeIn(url.searchParams);
      answer(response, 200, 'Signed in. You can close this page and return to the terminal.', () => resolve(found));
    } catch (error) {
      answer(response, 200, 'Not signed in. You can close this page; the terminal shows why.', () => reject(error));
    }
  };
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, listener);
  server.listen(port, LOOPBACK);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`Port ${port} cannot be used for the sign-in: ${error.code}`, {
      hint: 'Choose another one with --port, or leave it out to use any free port.',
    });
  });
  const timer = setTimeout(() => fail(tooLate(timeout)), timeout);
  const stop = () => fail(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return {
    // For apps in development, Facebook accepts localhost without registration, but only by this name.
    redirectUri: `http://localhost:${(server.address() as AddressInfo).port}${PATH}`,
    code,
    close() {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      server.close();
      server.closeIdleConnections();
    },
  };
}

const tooLate = (timeout: number) =>
  new SignInError(`The browser did not come back within ${Math.round(timeout / 1000)} seconds`, {
    hint: 'Run storyline-cli instagram-auth again. If the browser runs on another machine, use --redirect-uri or --manual.',
  });

/** A page with one sentence. It loads nothing, is not cached, and sends no referrer: its address contains the code. */
function answer(response: ServerResponse, status: number, sentence: string, sent?: () => void): void {
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Storyline</title><style>body{font:1.2rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}</style><h1>Storyline</h1><p>${sentence}</p></html>\n`;
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(page, sent);
}
