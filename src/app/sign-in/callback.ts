import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../errors.ts';
import { codeIn, isState, SignInError } from './consent.ts';

/** Waits on this machine for a browser to come back from the page on which people consent. */
export interface Callback {
  /** Where the browser is to be sent back to. */
  readonly redirectUri: string;
  /** The code that came, once. @throws {SignInError} also where nobody comes in time. */
  readonly code: Promise<string>;
  close(): void;
}

interface CallbackOptions {
  /** 0: any free one. */
  port: number;
  state: string;
  /** How long to wait, in milliseconds. */
  patience: number;
  signal: AbortSignal;
}

const PATH = '/callback';
const LOOPBACK = '127.0.0.1';

/**
 * Opens the callback, on the loopback interface alone. The first answer with the right `state` is the only one; others
 * are turned away.
 *
 * @throws {UsageError} where the port cannot be had.
 */
export async function openCallback({ port, state, patience, signal }: CallbackOptions): Promise<Callback> {
  let settle: { resolve: (code: string) => void; reject: (error: unknown) => void } | undefined;
  const code = new Promise<string>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Who opened it may have left before it fails.
  code.catch(() => undefined);
  const fail = (error: unknown) => settle?.reject(error);

  const listener: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', `http://${LOOPBACK}`);
    if (url.pathname !== PATH) return answer(response, 404, 'Nothing is here.');
    if (request.method !== 'GET') return answer(response, 405, 'A browser that comes back sends GET.');
    if (!isState(url.searchParams.get('state'), state)) {
      return answer(
        response,
        400,
        'This is not the answer to the sign-in that is under way. Begin again from the terminal.',
      );
    }
    if (!settle) return answer(response, 410, 'This sign-in is done already. Look at the terminal.');
    const { resolve, reject } = settle;
    settle = undefined;
    try {
      const found = codeIn(url.searchParams);
      answer(response, 200, 'Your consent has arrived. You can close this page: it goes on in the terminal.', () =>
        resolve(found),
      );
    } catch (error) {
      answer(response, 200, 'No consent has arrived. You can close this page: the terminal says more.', () =>
        reject(error),
      );
    }
  };
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, listener);
  server.listen(port, LOOPBACK);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`Port ${port} cannot be used for the way back from the browser: ${error.code}`, {
      hint: 'Name another one with --port, or leave it out for any free one.',
    });
  });
  const timer = setTimeout(() => fail(tooLate(patience)), patience);
  const stop = () => fail(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return {
    // Facebook lets apps in development go back to localhost by this name, without registering it.
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

const tooLate = (patience: number) =>
  new SignInError(`Nobody came back from the browser within ${Math.round(patience / 1000)} seconds`, {
    hint: 'Run storyline-cli instagram-auth again. Where the browser runs on another machine, use --redirect-uri or --manual.',
  });

/** A page of a sentence that loads nothing, is kept nowhere and tells nobody its address, which holds the code. */
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
