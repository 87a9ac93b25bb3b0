import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Callback, openCallback } from '../../../src/app/sign-in/callback.ts';
import { codeIn, codeInAddress, isState, makeSecrets, SignInError } from '../../../src/app/sign-in/consent.ts';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { appsFor, cli, settingsFor } from '../../support/cli.ts';

let callback: Callback | undefined;
afterEach(() => callback?.close());

const STATE = 'the state';
const opened = async ({ timeout = 10_000, signal = new AbortController().signal } = {}) => {
  callback = await openCallback({ port: 0, state: STATE, timeout, signal });
  return callback;
};
const come = (to: Callback, answer: Record<string, string>) =>
  fetch(`${to.redirectUri.replace('localhost', '127.0.0.1')}?${new URLSearchParams({ state: STATE, ...answer })}`);

describe('the local server for the browser', () => {
  test('accepts one answer, and no second one', async () => {
    const waiting = await opened();
    const first = await come(waiting, { code: 'abc' });
    expect([first.status, await first.text()]).toEqual([200, expect.stringContaining('Signed in.')]);
    expect((await come(waiting, { code: 'other' })).status).toBe(410);
    expect(await waiting.code).toBe('abc');
  });

  test('does not repeat the answer in its page', async () => {
    const waiting = await opened();
    const page = await (await come(waiting, { error: 'x', error_description: '<script>alert(1)</script>' })).text();
    expect(page).not.toContain('script');
    await expect(waiting.code).rejects.toThrow(SignInError);
  });

  test('gives up after a while', async () => {
    const waiting = await opened({ timeout: 20 });
    await expect(waiting.code).rejects.toThrow(/did not come back/);
  });

  test('ends when it is aborted', async () => {
    const stop = new AbortController();
    const waiting = await opened({ signal: stop.signal });
    stop.abort();
    await expect(waiting.code).rejects.toThrow('aborted');
  });

  test('listens on the loopback interface only', async () => {
    const { port } = new URL((await opened()).redirectUri);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address && !address.internal && address.family === 'IPv4')?.address;
    // A machine without a network has no other address to try.
    const reached = await new Promise((resolve) => {
      if (!outside) return resolve('refused');
      request({ host: outside, port, path: '/callback' }, () => resolve('answered'))
        .on('error', () => resolve('refused'))
        .end();
    });
    expect(reached).toBe('refused');
  });
});

describe('an answer', () => {
  const query = (text: string) => new URLSearchParams(text);

  test('contains the code, without what Instagram appends', () => {
    expect(codeIn(query('code=AQ1%23_'))).toBe('AQ1');
    expect(codeInAddress(`  https://studio.example/?code=AQ2&state=${STATE.replace(' ', '%20')}#_  `, STATE)).toBe(
      'AQ2',
    );
  });

  test.each([
    ['error=access_denied&error_reason=user_denied', /Consent was not given/],
    ['error_code=1349048&error_message=Can%27t+Load+URL', /rejected: Can't Load URL/],
    ['error=server_error', /rejected: server_error/],
    ['', /no code/],
    ['code=', /no code/],
  ])('%j contains no code', (answer, words) => {
    expect(() => codeIn(query(answer))).toThrow(words);
  });

  test('belongs to the sign-in with the same state', () => {
    expect([isState(STATE, STATE), isState('the statE', STATE), isState('', STATE), isState(null, STATE)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test('is requested with random values', () => {
    const all = Array.from({ length: 50 }, makeSecrets);
    expect(new Set(all.flatMap(({ state, verifier, challenge }) => [state, verifier, challenge])).size).toBe(150);
    expect(all.every(({ verifier }) => /^[\w-]{64}$/.test(verifier))).toBe(true);
  });
});

test('the address is opened on the desktop, and the sign-in continues when the browser comes back', async () => {
  const sandbox = await startSandbox();
  const program = await cli({ ...settingsFor(sandbox), ...appsFor(sandbox) });
  try {
    const programs = join(program.home, '..', 'programs');
    await mkdir(programs);
    // A browser that consents immediately.
    await writeFile(
      join(programs, 'xdg-open'),
      `#!${process.execPath}\nfetch(process.argv[2], { method: 'POST', body: new URLSearchParams({ decision: 'continue' }) })\n`,
    );
    await chmod(join(programs, 'xdg-open'), 0o755);
    const environment = { PATH: `${programs}:${process.env.PATH}` };
    const { exitCode, stdout } = await program.run(['instagram-auth', '--login', 'facebook'], { environment });
    expect([exitCode, stdout.includes('@studio.example · 72 posts')]).toEqual([0, true]);
  } finally {
    await program.close();
    await sandbox.close();
  }
});
