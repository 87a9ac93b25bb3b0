import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, settingsFor } from '../support/cli.ts';
import { onPostgres, useDatabases } from '../support/databases.ts';
import { image, video } from '../support/posts.ts';

// A real power cut cannot be tested here, but the order of syncs, renames and commits can.

type DiskEvent =
  | { type: 'sync' | 'mkdir'; path: string }
  | { type: 'rename'; from: string; path: string }
  | { type: 'sql'; text: string };

const LARGE = { seed: 3, width: 64, height: 64, bytes: 2_000_000 };

let program: Cli;
let sandbox: Sandbox;
let logs: string;
beforeEach(async () => {
  logs = await mkdtemp(join(tmpdir(), 'storyline-disk-'));
  sandbox = await startSandbox({ posts: [image(4), image(3, { media: LARGE }), video(2)] });
  const watch = pathToFileURL(resolve('test/crash/watch-disk.mjs'));
  program = await cli({ ...settingsFor(sandbox), NODE_OPTIONS: `--import=${watch}` });
});
afterEach(async () => {
  await program.close();
  await sandbox.close();
  await rm(logs, { recursive: true, force: true });
});

async function watched(args: string[], input?: string): Promise<DiskEvent[]> {
  const log = join(logs, `${args[0]}.log`);
  const { exitCode, stderr } = await program.run(args, {
    environment: { DISK_LOG: log },
    ...(input === undefined ? {} : { input }),
  });
  expect([exitCode, stderr]).toEqual([0, '']);
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as DiskEvent);
}

const addAccount = () => {
  const { account, tokens } = sandbox;
  const who = ['--display-name', 'S', '--account-id', account.id, '--username', account.username];
  return watched(['add-instagram-account', ...who], tokens.facebook);
};

/** Follows the events and knows what would survive a power cut: names whose bytes, folder and folders above were synced. */
function createDisk() {
  const bytes = new Set<string>();
  const waiting = new Map<string, boolean>();
  const lasting = new Set<string>();
  const madeFolders = new Set<string>();
  return {
    follow(event: DiskEvent) {
      if (event.type === 'mkdir') {
        madeFolders.add(event.path);
        waiting.set(event.path, true);
      } else if (event.type === 'rename') {
        waiting.set(event.path, bytes.has(event.from));
        lasting.delete(event.path);
      } else if (event.type === 'sync') {
        bytes.add(event.path);
        for (const [path, isWhole] of waiting) {
          if (dirname(path) !== event.path) continue;
          waiting.delete(path);
          if (isWhole) lasting.add(path);
        }
      }
    },
    survives(path: string): boolean {
      if (!lasting.has(path)) return false;
      for (let folder = dirname(path); madeFolders.has(folder); folder = dirname(folder)) {
        if (!lasting.has(folder)) return false;
      }
      return true;
    },
  };
}

const placed = (events: readonly DiskEvent[]) => events.flatMap((event) => (event.type === 'rename' ? event.path : []));

describe('in a power cut', () => {
  test('no row outlives its file: bytes, name and folders are on the disk before it is committed', async () => {
    await addAccount();
    // The large file is written in pieces.
    const events = await watched(['backfill-instagram', '--quiet', '--json']);
    const disk = createDisk();
    const named: string[] = [];
    let rows = 0;
    let inserting = 0;
    for (const event of events) {
      disk.follow(event);
      if (event.type === 'rename') named.push(event.path);
      if (event.type !== 'sql') continue;
      if (/^insert into "media_items"/.test(event.text)) inserting += event.text.split('), (').length;
      if (event.text !== 'commit' || inserting === 0) continue;
      rows += inserting;
      inserting = 0;
      // By then, each row must have one of the files in place.
      const lasting = named.filter((path) => dirname(path).endsWith('instagram_backfill') && disk.survives(path));
      expect(lasting.length).toBeGreaterThanOrEqual(rows);
    }
    expect(rows).toBe(3);
    expect(
      placed(events)
        .map((path) => basename(dirname(path)))
        .toSorted(),
    ).toEqual(['.covers', ...Array(3).fill('.posts'), ...Array(3).fill('instagram_backfill'), 'media']);
    // Covers and sidecars are written the same way.
    expect(placed(events).filter((path) => !disk.survives(path))).toEqual([]);
  });

  test('no token outlives its key', async () => {
    const events = await addAccount();
    const disk = createDisk();
    const stored = events.findIndex((event) => event.type === 'sql' && /insert into "api_tokens"/.test(event.text));
    expect(stored).toBeGreaterThan(0);
    for (const event of events.slice(0, stored)) disk.follow(event);
    expect(disk.survives(join(program.home, 'secret.key'))).toBe(true);
  });

  test('a new key is on the disk before tokens are encrypted with it', async () => {
    await addAccount();
    const events = await watched(['rotate-keys']);
    const disk = createDisk();
    const stored = events.findIndex((event) => event.type === 'sql' && /update "api_tokens"/.test(event.text));
    expect(stored).toBeGreaterThan(0);
    for (const event of events.slice(0, stored)) disk.follow(event);
    expect(disk.survives(join(program.home, 'secret.key'))).toBe(true);
  });
});

describe('SQLite', () => {
  const databases = useDatabases('sqlite');

  test('syncs every commit: in WAL mode less would lose the last ones', async () => {
    const { query } = await databases.open();
    const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(query);
    const FULL = 2;
    expect(rows).toEqual([{ synchronous: FULL }]);
    expect((await sql`pragma journal_mode`.execute(query)).rows).toEqual([{ journal_mode: 'wal' }]);
  });
});

onPostgres((databases) => {
  test('a transaction whose client is gone releases its rows automatically', async () => {
    const { query } = await databases.open();
    const { rows } = await sql`show idle_in_transaction_session_timeout`.execute(query);
    expect(rows).toEqual([{ idle_in_transaction_session_timeout: '1min' }]);
  });
});
