import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callsOf, loginOf } from '../../../src/app/tokens/current.ts';
import { identify } from '../../../src/instagram/auth/identify.ts';
import { reachableAccounts } from '../../../src/instagram/auth/reachable-accounts.ts';
import type { Fault } from '../../../src/sandbox/server.ts';
import { images } from '../../support/posts.ts';
import { type TestApp, testApp } from '../../support/test-app.ts';

/** Every kind of call comes to an end by the same mechanism: those that sign in and take back as well. */

let it: TestApp;
beforeEach(async () => {
  it = await testApp({ posts: images(1), environment: { NETWORK_TIMEOUT_SECONDS: '0.15' } });
});
afterEach(() => it.close());

const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );

const signal = new AbortController().signal;
const CALLS: Readonly<Record<string, () => Promise<unknown>>> = {
  'a code (POST)': () =>
    loginOf(it.app).exchangeCode(
      'facebook',
      { app: it.sandbox.apps.facebook, redirectUri: 'http://127.0.0.1/', code: 'c', verifier: 'v' },
      signal,
    ),
  'an exchange (POST)': () =>
    loginOf(it.app).lengthen('facebook', it.sandbox.tokens.facebook, it.sandbox.apps.facebook, signal),
  'an exchange (GET)': () =>
    loginOf(it.app).lengthen('instagram', it.sandbox.tokens.instagram, it.sandbox.apps.instagram, signal),
  'a refresh': () => loginOf(it.app).refresh(it.sandbox.tokens.instagram, signal),
  'what a token is': () => loginOf(it.app).inspect(it.sandbox.tokens.facebook, it.sandbox.apps.facebook, signal),
  'what was granted': () => loginOf(it.app).permissions(it.sandbox.tokens.facebook, signal),
  'a revocation (DELETE)': () => loginOf(it.app).revoke(it.sandbox.tokens.facebook, signal),
  'the accounts of a person': () =>
    reachableAccounts({ flavour: 'facebook', value: it.sandbox.tokens.facebook }, callsOf(it.app), signal),
  'whose token it is': () => identify(it.sandbox.tokens.instagram, it.sandbox.account.id, callsOf(it.app), signal),
};

/** On a busy machine any of these may come first. */
const TOO_LATE = /timed out|too slow|no response in time|stopped half-way/;

const FAULTS: readonly (readonly [string, Fault, RegExp])[] = [
  ['drips', { kind: 'drip', bytes: 1, everyMs: 20 }, TOO_LATE],
  ...[400, 403, 404, 429, 500].map(
    (status) => [`drips, HTTP ${status}`, { kind: 'drip', bytes: 1, everyMs: 20, status }, TOO_LATE] as const,
  ),
  ['is silent', { kind: 'stalled' }, TOO_LATE],
  ['stops half-way', { kind: 'stalled', afterBytes: 5 }, TOO_LATE],
  ['has a huge header', { kind: 'huge-header', bytes: 100_000 }, /the response is too large|no response in time/],
];

describe.each(Object.entries(CALLS))('%s', (name, call) => {
  test.each(FAULTS)('an answer that %s', async (_what, fault, words) => {
    it.sandbox.setFaults([fault]);
    const error = await failureOf(call());
    expect(error.message).toMatch(words);
    // A read can be repeated; after a write nobody knows whether it took effect.
    const isWrite = name === 'a revocation (DELETE)';
    expect(error).toMatchObject(isWrite ? { name: 'UnknownOutcomeError', isTransient: false } : { isTransient: true });
  });
});

test('an answer that does not end', async () => {
  it.sandbox.setFaults([{ kind: 'endless' }]);
  // As much as is read at most comes fast enough here, or else time ends it.
  const error = await failureOf(loginOf(it.app).refresh(it.sandbox.tokens.instagram, signal));
  expect(error.message).toMatch(/the response is too large|stopped half-way|no response in time|timed out/);
});

test('asking for the time never fails a run', async () => {
  for (const [, fault] of FAULTS) {
    it.sandbox.setFaults([fault]);
    await loginOf(it.app).askTime('facebook', signal);
  }
});
