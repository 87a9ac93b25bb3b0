import { renameSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { acquireLock } from '../../src/runs/lock.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { SECOND, store, THIRD, threeAccounts } from '../support/accounts.ts';
import { idOf } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';

let it: TestApp;
afterEach(() => it.close());

async function withThree(options: SandboxOptions = {}) {
  it = await testApp({ ...threeAccounts, ...options });
  const second = await store(it);
  const third = await store(it, { account: THIRD });
  const own = await it.app.accounts.find(it.sandbox.account.id);
  return { own, second, third };
}
const all = (...more: string[]) => it.type(['backfill-instagram', '--all-accounts', '--quiet', ...more]);
const allJson = async (...more: string[]) => {
  const { exitCode, stdout } = await all('--json', ...more);
  return { exitCode, ...JSON.parse(stdout) };
};
const downloads = ({ accounts }: { accounts: { result: { downloaded: number } | null }[] }) =>
  accounts.map(({ result }) => result?.downloaded ?? null);

test('every account is brought in its turn, and a table sums them up', async () => {
  await withThree();
  const { exitCode, stdout } = await all();
  expect(exitCode).toBe(0);
  expect(stdout.match(/Instagram Media Backfill/g)).toHaveLength(3);
  expect(stdout.match(/Backfill Results/g)).toHaveLength(3);
  const summary = stdout.slice(stdout.indexOf('All accounts')).replace(/ +/g, ' ');
  expect(summary).toMatch(/│ @studio\.example │ 3 │ 0 │ 0 │ 3 │ [\d.]+ KiB │ \d+ │ done │/);
  expect(summary).toMatch(/│ @second\.example │ 5 │ 0 │ 0 │ 6 │ [\d.]+ KiB │ \d+ │ done │/);
  expect(summary).toMatch(/│ @third\.example │ 1 │ 0 │ 0 │ 1 │ [\d.]+ (Ki)?B │ \d+ │ done │/);
  expect(summary).toMatch(/│ All │ 9 │ 0 │ 0 │ 10 │/);
  expect(await it.files()).toHaveLength(9);
  const runs = await it.app.runs.recent(10);
  expect(runs.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  expect(new Set(runs.map(({ input }) => input.account_id)).size).toBe(3);
});

test('--json gives one document, with what a single run gives for each account and the sums', async () => {
  await withThree();
  const document = await allJson();
  expect(document).toMatchObject({
    exitCode: 0,
    totals: { downloaded: 9, skipped_duplicate: 0, failed: 0, total_api_items: 10, bytes: expect.any(Number) },
    exit_status: 0,
  });
  const single = JSON.parse(
    (await it.type(['backfill-instagram', '--quiet', '--json', '--account-id', SECOND.id])).stdout,
  );
  expect(Object.keys(document.accounts[1])).toEqual(Object.keys(single));
  expect(document.accounts[1]).toMatchObject({ account: { username: 'second.example' }, error: null, exit_status: 0 });
});

test('--limit applies to each account', async () => {
  await withThree();
  expect(downloads(await allJson('--limit', '2'))).toEqual([2, 2, 1]);
});

test('a deactivated account is left out', async () => {
  const { second } = await withThree();
  await it.app.accounts.setEnabled(second, false);
  expect(downloads(await allJson())).toEqual([3, 1]);
});

test('an account without a token, or with a bad one, stops only itself, and the status is 1', async () => {
  const { own, second } = await withThree();
  await it.app.tokens.forget(own);
  const expired = it.sandbox.issueToken({ flavour: 'facebook', ageSeconds: 90 * 24 * 3600 });
  await it.app.tokens.store(second, { value: expired, expiresAt: undefined });
  const { exitCode, stdout, stderr } = await all();
  expect(exitCode).toBe(1);
  expect(stderr).toContain('@studio.example: Stopped: No token is stored for @studio.example');
  expect(stderr).toContain('@second.example: Stopped: Instagram refuses the token');
  expect(stdout.replace(/ +/g, ' ')).toMatch(/@second\.example │ 0 │ .* its token is refused or over: sign in again │/);
  expect(await it.files()).toHaveLength(1);
  const document = await allJson();
  expect(document.accounts.map(({ error }: { error: { type: string } | null }) => error?.type ?? null)).toEqual([
    'UsageError',
    'TokenExpiredError',
    null,
  ]);
  expect(document.accounts[0]).toMatchObject({ run_id: null, result: null });
});

test('an account that another run holds stops only itself', async () => {
  const { own } = await withThree();
  const lock = await acquireLock(
    it.app.db,
    { accountId: own.id, runId: it.app.runs.newId(), triggeredBy: 'web' },
    () => new Date(),
  );
  const document = await allJson();
  expect([document.exitCode, downloads(document)]).toEqual([1, [null, 5, 1]]);
  expect(document.accounts[0].error.type).toBe('RunInProgressError');
  await lock.release();
});

const rateLimited = { kind: 'rate-limit', match: { path: `/${SECOND.id}/media` } } as const;
const oneFails = { kind: 'status', status: 404, match: { endpoint: 'download', ids: [idOf(3)] } } as const;

test.each([
  ['some items failed', [oneFails], 3],
  ['a rate limit before failed items', [oneFails, rateLimited], 4],
] as const)('the status tells the worst: %s', async (_, faults, status) => {
  await withThree();
  it.sandbox.setFaults(faults);
  const document = await allJson();
  expect(document.exitCode).toBe(status);
  expect(downloads(document)).toEqual([2, status === 4 ? 0 : 5, 1]);
});

test('an account without a token counts for more than a rate limit', async () => {
  const { third } = await withThree();
  await it.app.tokens.forget(third);
  it.sandbox.setFaults([rateLimited]);
  expect((await allJson()).exitCode).toBe(1);
});

test('Ctrl-C stops all: the accounts after it are not begun', async () => {
  await withThree({ mediaLatencyMs: 20 });
  const controller = new AbortController();
  const going = it.type(['backfill-instagram', '--all-accounts', '--concurrency', '1', '--json'], controller.signal);
  await until('a file is kept', async () => (await it.files()).some((name) => name.endsWith('.jpg')));
  controller.abort();
  const { exitCode, stdout } = await going;
  expect(exitCode).toBe(130);
  const { accounts } = JSON.parse(stdout);
  expect(accounts.map(({ error }: { error: { type: string } }) => error.type)).toEqual([
    'InterruptedError',
    'NotBegunError',
    'NotBegunError',
  ]);
  expect(await it.app.runs.recent(5)).toHaveLength(1);
});

test('a folder that takes no more files stops all', async () => {
  await withThree({ mediaLatencyMs: 20 });
  const going = it.type(['backfill-instagram', '--all-accounts', '--concurrency', '1', '--quiet']);
  await until('a file is kept', async () => (await it.files()).some((name) => name.endsWith('.jpg')));
  renameSync(it.config.mediaDir, `${it.config.mediaDir}.away`);
  const { exitCode, stdout } = await going;
  expect(exitCode).toBe(1);
  expect(stdout.match(/not begun/g)).toHaveLength(2);
});

test('without an active account it says what is missing, with exit status 2', async () => {
  const { own, second, third } = await withThree();
  for (const account of [own, second, third]) await it.app.accounts.setEnabled(account, false);
  const deactivated = await all();
  expect([deactivated.exitCode, deactivated.stdout]).toEqual([2, '']);
  expect(deactivated.stderr).toContain('reactivate-instagram-account');
  await it.app.db.query.deleteFrom('api_tokens').execute();
  await it.app.db.query.deleteFrom('instagram_accounts').execute();
  expect((await all()).stderr).toMatch(
    /No Instagram account is in the library\nSign in with: storyline-cli instagram-auth/,
  );
});

test('it excludes --account-id, and works in the sandbox', async () => {
  await withThree();
  expect((await all('--account-id', SECOND.id)).stderr).toContain('exclude each other');
  const { exitCode, stdout } = await all('--sandbox', '--limit', '1', '--media-type', 'feed');
  expect([exitCode, stdout.includes('All accounts')]).toEqual([0, true]);
});
