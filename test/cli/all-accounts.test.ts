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

let world: TestApp;
afterEach(() => world.close());

async function withThree(options: SandboxOptions & { database?: DatabaseTarget } = {}) {
  world = await testApp({ ...threeAccounts, ...options });
  const second = await store(world);
  const third = await store(world, { account: THIRD });
  const own = await world.app.accounts.find(world.sandbox.account.id);
  return { own, second, third };
}
const all = (...more: string[]) => world.type(['backfill-instagram', '--all-accounts', '--quiet', ...more]);
const allJson = async (...more: string[]) => {
  const { exitCode, stdout } = await all('--json', ...more);
  return { exitCode, ...JSON.parse(stdout) };
};
const downloads = ({ accounts }: { accounts: { result: { downloaded: number } | null }[] }) =>
  accounts.map(({ result }) => result?.downloaded ?? null);

test('all accounts run one after the other, and a table sums them up', async () => {
  await withThree();
  const { exitCode, stdout } = await all();
  expect(exitCode).toBe(0);
  expect(stdout.match(/Instagram Media Backfill/g)).toHaveLength(3);
  expect(stdout.match(/Backfill Results/g)).toHaveLength(3);
  const summary = stdout.slice(stdout.indexOf('All accounts')).replace(/ +/g, ' ');
  expect(summary).toMatch(/│ @studio\.example │ 3 │ 0 │ 0 │ 3 │ [\d.]+ (Ki)?B │ \d+ │ done │/);
  expect(summary).toMatch(/│ @second\.example │ 5 │ 0 │ 0 │ 6 │ [\d.]+ (Ki)?B │ \d+ │ done │/);
  expect(summary).toMatch(/│ @third\.example │ 1 │ 0 │ 0 │ 1 │ [\d.]+ (Ki)?B │ \d+ │ done │/);
  expect(summary).toMatch(/│ All │ 9 │ 0 │ 0 │ 10 │/);
  expect(stdout).toContain('storyline-cli backfill-instagram --all-accounts --incremental');
  expect(await world.files()).toHaveLength(9);
  const runs = await world.app.runs.recent(10);
  expect(runs.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  expect(new Set(runs.map(({ input }) => input.account_id)).size).toBe(3);
});

test("--json prints one document, with each account's run and the totals", async () => {
  await withThree();
  const document = await allJson();
  expect(document).toMatchObject({
    exitCode: 0,
    totals: { downloaded: 9, skipped_duplicate: 0, failed: 0, total_api_items: 10, bytes: expect.any(Number) },
    exit_status: 0,
  });
  const single = JSON.parse(
    (await world.type(['backfill-instagram', '--quiet', '--json', '--account-id', SECOND.id])).stdout,
  );
  expect(Object.keys(document.accounts[1])).toEqual(Object.keys(single));
  expect(document.accounts[1]).toMatchObject({ account: { username: 'second.example' }, error: null, exit_status: 0 });
});

test('--limit applies to each account', async () => {
  await withThree();
  expect(downloads(await allJson('--limit', '2'))).toEqual([2, 2, 1]);
});

test('a deactivated account is skipped', async () => {
  const { second } = await withThree();
  await world.app.accounts.setEnabled(second, false);
  expect(downloads(await allJson())).toEqual([3, 1]);
});

test('an account without a token, or with a bad one, does not stop the others, and the status is 1', async () => {
  const { own, second } = await withThree();
  await world.app.tokens.forget(own);
  const expired = world.sandbox.issueToken({ flavour: 'facebook', ageSeconds: 90 * 24 * 3600 });
  await world.app.tokens.store(second, { value: expired, expiresAt: undefined });
  const { exitCode, stdout, stderr } = await all();
  expect(exitCode).toBe(1);
  expect(stderr).toContain('@studio.example: Stopped: No token is stored for @studio.example');
  expect(stderr).toContain('@second.example: Stopped: Instagram rejected the token');
  expect(stdout.replace(/ +/g, ' ')).toMatch(/@second\.example │ 0 │ .* token rejected or expired: sign in again │/);
  expect(await world.files()).toHaveLength(1);
  const document = await allJson();
  expect(document.accounts.map(({ error }: { error: { type: string } | null }) => error?.type ?? null)).toEqual([
    'UsageError',
    'TokenExpiredError',
    null,
  ]);
  expect(document.accounts[0]).toMatchObject({ run_id: null, result: null });
});

test('an account that is locked by another run does not stop the others', async () => {
  const { own } = await withThree();
  const lock = await acquireLock(
    world.app.db,
    { kind: BACKFILL, subject: own.id, runId: world.app.runs.newId(), triggeredBy: 'web' },
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
  world.sandbox.setFaults(faults);
  const document = await allJson();
  expect(document.exitCode).toBe(status);
  expect(downloads(document)).toEqual([2, status === 4 ? 0 : 5, 1]);
});

test('a missing token outranks a rate limit', async () => {
  const { third } = await withThree();
  await world.app.tokens.forget(third);
  world.sandbox.setFaults([rateLimited]);
  expect((await allJson()).exitCode).toBe(1);
});

/** All accounts are started, and the first waits for its second file and those after it until `goOn`. */
async function halfWay(database?: DatabaseTarget) {
  const accounts = await withThree(database ? { database } : {});
  world.sandbox.setFaults([{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 2 } }]);
  const controller = new AbortController();
  const going = world.type(
    ['backfill-instagram', '--all-accounts', '--concurrency', '1', '--json'],
    controller.signal,
    {
      environment: { NETWORK_TIMEOUT_SECONDS: '0.5' },
    },
  );
  await until('a file is kept', async () => (await world.files()).some((name) => name.endsWith('.jpg')));
  const goOn = async () => {
    world.sandbox.setFaults([]);
    const { exitCode, stdout } = await going;
    const ended: { error: { type: string } | null }[] = JSON.parse(stdout).accounts;
    return { exitCode, errors: ended.map(({ error }) => error?.type) };
  };
  return { ...accounts, interrupt: () => controller.abort(), goOn };
}

test('Ctrl-C stops all: later accounts are not started', async () => {
  const { interrupt, goOn } = await halfWay();
  interrupt();
  expect(await goOn()).toEqual({ exitCode: 130, errors: ['InterruptedError', 'NotBegunError', 'NotBegunError'] });
  expect(await world.app.runs.recent(5)).toHaveLength(1);
});

test('a folder that takes no more files stops all accounts', async () => {
  const { goOn } = await halfWay();
  renameSync(world.config.mediaDir, `${world.config.mediaDir}.away`);
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

test('without an active account it says what to do, with exit status 2', async () => {
  const { own, second, third } = await withThree();
  for (const account of [own, second, third]) await world.app.accounts.setEnabled(account, false);
  const deactivated = await all();
  expect([deactivated.exitCode, deactivated.stdout]).toEqual([2, '']);
  expect(deactivated.stderr).toContain('reactivate-instagram-account');
  await world.app.db.query.deleteFrom('api_tokens').execute();
  await world.app.db.query.deleteFrom('instagram_accounts').execute();
  expect((await all()).stderr).toMatch(
    /No Instagram account is in the library\nSign in with: storyline-cli instagram-auth/,
  );
});

test('--all-accounts cannot be combined with --account-id, and works in the sandbox', async () => {
  await withThree();
  expect((await all('--account-id', SECOND.id)).stderr).toContain('not both');
  const { exitCode, stdout } = await all('--sandbox', '--limit', '1', '--media-type', 'feed');
  expect([exitCode, stdout.includes('All accounts')]).toEqual([0, true]);
});
