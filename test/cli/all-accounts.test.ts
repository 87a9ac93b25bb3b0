import { renameSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { BACKFILL } from '../../src/app/run-kinds.ts';
import type { DatabaseTarget } from '../../src/db/open.ts';
import { acquireLock } from '../../src/runs/lock.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { SECOND, store, THIRD, threeAccounts } from '../support/accounts.ts';
import { makeDatabase } from '../support/make-database.ts';
import { idOf } from '../support/posts.ts';
import { askServer, whyUnreachable } from '../support/server.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';

let it: TestApp;
afterEach(() => it.close());

async function withThree(options: SandboxOptions & { database?: DatabaseTarget } = {}) {
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
  expect(stdout).toContain('storyline-cli backfill-instagram --all-accounts --incremental');
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
  expect(stderr).toContain('@second.example: Stopped: Instagram rejected the token');
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
    { kind: BACKFILL, subject: own.id, runId: it.app.runs.newId(), triggeredBy: 'web' },
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

/** All accounts are begun, and the first waits for its second file and those after it until `goOn`. */
async function halfWay(database?: DatabaseTarget) {
  const accounts = await withThree(database ? { database } : {});
  it.sandbox.setFaults([{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 2 } }]);
  const controller = new AbortController();
  const going = it.type(['backfill-instagram', '--all-accounts', '--concurrency', '1', '--json'], controller.signal, {
    environment: { NETWORK_TIMEOUT_SECONDS: '0.5' },
  });
  await until('a file is kept', async () => (await it.files()).some((name) => name.endsWith('.jpg')));
  const goOn = async () => {
    it.sandbox.setFaults([]);
    const { exitCode, stdout } = await going;
    const ended: { error: { type: string } | null }[] = JSON.parse(stdout).accounts;
    return { exitCode, errors: ended.map(({ error }) => error?.type) };
  };
  return { ...accounts, interrupt: () => controller.abort(), goOn };
}

test('Ctrl-C stops all: the accounts after it are not begun', async () => {
  const { interrupt, goOn } = await halfWay();
  interrupt();
  expect(await goOn()).toEqual({ exitCode: 130, errors: ['InterruptedError', 'NotBegunError', 'NotBegunError'] });
  expect(await it.app.runs.recent(5)).toHaveLength(1);
});

test('a folder that takes no more files stops all', async () => {
  const { goOn } = await halfWay();
  renameSync(it.config.mediaDir, `${it.config.mediaDir}.away`);
  expect(await goOn()).toEqual({ exitCode: 1, errors: ['StorageError', 'NotBegunError', 'NotBegunError'] });
});

test.skipIf(await whyUnreachable())('a database that is gone stops all', async () => {
  const { target, remove } = await makeDatabase('postgres');
  if (target.kind !== 'postgres') throw new Error('another database was made');
  const { goOn } = await halfWay(target);
  await askServer(`drop database "${target.database}" with (force)`);
  expect(await goOn()).toEqual({ exitCode: 1, errors: ['DatabaseError', 'NotBegunError', 'NotBegunError'] });
  await remove();
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
