import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type PostgresTarget } from '../../src/db/open.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, databaseUrl, settingsFor } from '../support/cli.ts';
import { onPostgres } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { askServer } from '../support/server.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let it: Cli;
const posts = images(30);

beforeEach(async () => {
  sandbox = await startSandbox({ posts, stories: [], maxPageSize: 10 });
  it = await cli(settingsFor(sandbox));
});
afterEach(async () => {
  await it.close();
  await sandbox.close();
});

async function addAccount(): Promise<void> {
  const { account, tokens } = sandbox;
  const added = await it.run(
    ['add-instagram-account', '--display-name', 'Studio', '--account-id', account.id, '--username', account.username],
    { input: tokens.facebook },
  );
  expect(added).toMatchObject({ exitCode: 0 });
}

const files = async () =>
  (await readdir(join(it.home, 'media', 'instagram_backfill'))).filter((name) => !name.startsWith('.'));

/** A run that has kept some files, and waits for the others until `goOn`. */
async function halfWay() {
  sandbox.setFaults([{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 12 } }]);
  const { outcome } = it.start(['backfill-instagram', '--quiet'], { NETWORK_TIMEOUT_SECONDS: '2' });
  await until('some files are kept', async () => (await files().catch(() => [])).length >= 11);
  return {
    goOn: () => {
      sandbox.setFaults([]);
      return outcome;
    },
  };
}

/** What was whole when the database went is taken over by the next library, not downloaded again. */
async function expectAdoption(): Promise<void> {
  const before = await files();
  expect(before.length).toBeGreaterThanOrEqual(11);
  expect(before.filter((name) => name.endsWith('.part'))).toEqual([]);
  sandbox.resetRequests();
  const { exitCode, stdout } = await it.run(['backfill-instagram', '--quiet', '--json']);
  expect([exitCode, JSON.parse(stdout).result]).toEqual([
    0,
    expect.objectContaining({ adopted: before.length, downloaded: 30 - before.length }),
  ]);
  expect(sandbox.requests.filter(({ kind, status }) => kind === 'media' && status === 200)).toHaveLength(
    30 - before.length,
  );
  expect((await it.run(['verify-library'])).exitCode).toBe(0);
}

test('an SQLite file that is deleted in mid-run stops the run, and the files find their way into a new one', async () => {
  await addAccount();
  const { goOn } = await halfWay();
  for (const ending of ['', '-wal', '-shm']) rmSync(join(it.home, `storyline.db${ending}`), { force: true });
  const { exitCode, stderr } = await goOn();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /Stopped: The database .*storyline\.db was deleted or replaced while it was in use\nRestore it/,
  );

  await addAccount();
  await expectAdoption();
});

onPostgres(({ create }) => {
  let target: PostgresTarget;
  beforeEach(async () => {
    target = (await create()) as PostgresTarget;
    it.environment.DATABASE_URL = databaseUrl(target);
    await addAccount();
  });

  test('a database that is dropped in mid-run stops the run, and the files find their way into a new one', async () => {
    const { goOn } = await halfWay();
    await askServer(`drop database ${target.database} with (force)`);
    const { exitCode, stderr } = await goOn();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/Stopped: .*database/);
    expect(stderr).not.toMatch(/\n\s+at /);

    await askServer(`create database ${target.database} template template0 encoding 'UTF8'`);
    await addAccount();
    await expectAdoption();
  });

  test('a server that is restarted in mid-run costs at most the run, and the next one goes on', async () => {
    const { goOn } = await halfWay();
    await askServer(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${target.database}' and pid <> pg_backend_pid()`,
    );
    const { exitCode, stderr } = await goOn();
    if (exitCode !== 0) {
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /Stopped: The connection to the database was lost \(PostgreSQL[^)]*\)\nCheck the database, then run the same command again/,
      );
    }
    const next = await it.run(['backfill-instagram', '--quiet']);
    expect([next.exitCode, next.stderr]).toEqual([0, '']);
    expect(await files()).toHaveLength(30);
    const db = await openDatabase(target);
    try {
      expect(await db.query.selectFrom('run_locks').selectAll().execute()).toEqual([]);
      const running = db.query.selectFrom('service_runs').select('id').where('status', '=', 'running');
      expect(await running.execute()).toEqual([]);
    } finally {
      await db.close();
    }
  });
});
