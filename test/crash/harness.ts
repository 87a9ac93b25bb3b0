import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, type DatabaseTarget, openDatabase } from '../../src/db/open.ts';
import { createRandom, type Random } from '../../src/sandbox/random.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, databaseUrl, settingsFor } from '../support/cli.ts';
import { makeDatabase } from '../support/make-database.ts';
import { checkConsistent, checkFinished, foldersOf } from './checks.ts';
import { FAULTS, POSTS, STORIES } from './posts.ts';

interface CrashOptions {
  kind: DatabaseTarget['kind'];
  kills: number;
  /** The same seed chooses the same moments; the exact time depends on the machine. */
  seed: string;
  /** Called after each kill. */
  onKill?: (report: CrashReport) => void;
}

export interface CrashReport {
  readonly kills: number;
  /** Libraries that were completed and passed all checks. */
  readonly libraries: number;
  /** Number of kills by moment. */
  readonly moments: Readonly<Record<string, number>>;
}

/** The library whose runs are killed. */
export interface Victim {
  readonly program: Cli;
  readonly sandbox: Sandbox;
  readonly target: DatabaseTarget;
}

/** Limited, so that even a small number of kills completes some libraries. */
const KILLS_PER_LIBRARY = 9;

/**
 * Kills the built program again and again, lets it complete each library in the end, and checks the library.
 *
 * @throws if a check fails. The library is kept, and the message says where it is.
 */
export async function surviveKills({ kind, kills, seed, onKill }: CrashOptions): Promise<CrashReport> {
  const sandbox = await startSandbox({ posts: POSTS, stories: STORIES, maxPageSize: 10, mediaLatencyMs: 3 });
  const random = createRandom(seed);
  const moments: Record<string, number> = {};
  let done = 0;
  let libraries = 0;
  const report = (): CrashReport => ({ kills: done, libraries, moments: { ...moments } });
  const count = (moment: Moment) => {
    done += 1;
    moments[moment.name] = (moments[moment.name] ?? 0) + 1;
    onKill?.(report());
  };

  try {
    while (done < kills) {
      sandbox.setFaults(FAULTS);
      const made = await makeDatabase(kind);
      const program = await cli({ ...settingsFor(sandbox), DATABASE_URL: databaseUrl(made.target), NO_COLOR: '1' });
      const victim = { program, sandbox, target: made.target };
      try {
        await grow(victim, random, Math.min(KILLS_PER_LIBRARY, kills - done), count);
        await checkFinished(victim);
      } catch (error) {
        throw new Error(
          `seed ${seed}, after kill ${done}, library ${program.home}, ${program.environment.DATABASE_URL}`,
          {
            cause: error,
          },
        );
      }
      libraries += 1;
      await program.close();
      await made.remove();
    }
  } finally {
    await sandbox.close();
  }
  return report();
}

/** Builds a library while killing its runs, until it is complete or the kills are used up; the last run is not killed. */
async function grow(victim: Victim, random: Random, kills: number, count: (moment: Moment) => void): Promise<void> {
  const add = addArguments(victim.sandbox);
  const input = victim.sandbox.tokens.facebook;
  let left = kills;
  const strike = async (args: string[], moments: readonly Moment[], typed?: string) => {
    const moment = random.pick(moments);
    const wasKilled = await killDuring(victim, { args, moment, random, input: typed });
    if (!wasKilled) return false;
    left -= 1;
    if (random.next() < 0.5) await checkConsistent(victim);
    count(moment);
    return true;
  };

  if (left > 1 && random.next() < 0.8) await strike(add, firstStart(victim), input);
  await expectSuccess(victim.program, add, input);
  while (left > 0 && (await strike(backfillArguments(random), midRun(victim), undefined)));
  await expectSuccess(victim.program, backfillArguments(random));
}

const addArguments = ({ account }: Sandbox): string[] => [
  'add-instagram-account',
  ...['--display-name', account.name, '--account-id', account.id, '--username', account.username],
];

const backfillArguments = (random: Random): string[] => [
  'backfill-instagram',
  ...['--media-type', 'both', '--concurrency', String(random.pick([2, 8, 64])), '--quiet'],
];

async function expectSuccess(program: Cli, args: string[], input?: string): Promise<void> {
  const { exitCode, stdout, stderr } = await program.run(args, input === undefined ? {} : { input });
  if (exitCode !== 0) throw new Error(`${args[0]} ended with ${exitCode}:\n${stdout}\n${stderr}`);
}

/** When to kill: as soon as `wait` resolves. */
interface Moment {
  readonly name: string;
  wait(random: Random, isOver: () => boolean): Promise<void>;
}

interface Strike {
  args: string[];
  moment: Moment;
  random: Random;
  input: string | undefined;
}

/** False if the program ended before the moment, which must be with exit code 0. */
async function killDuring({ program }: Victim, { args, moment, random, input }: Strike): Promise<boolean> {
  const { child, outcome } = program.start(args);
  child.stdin?.on('error', () => undefined).end(input ?? '');
  await moment.wait(random, () => hasEnded(child));
  child.kill('SIGKILL');
  const { exitCode, stdout, stderr } = await outcome;
  if (child.signalCode === 'SIGKILL') return true;
  if (exitCode !== 0) throw new Error(`${args[0]} ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return false;
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

const after = (name: string, longest: number): Moment => ({
  name,
  wait: (random) => sleep(random.int(0, longest)).then(() => undefined),
});

/** Shortly after something becomes visible. */
const onceSeen = (name: string, see: (random: Random) => Look | Promise<Look>, late = 6): Moment => ({
  name,
  async wait(random, isOver) {
    const look = await see(random);
    try {
      while (!isOver() && !(await look.isThere())) await sleep(1);
    } finally {
      await look.close?.();
    }
    if (random.next() < 0.6) await sleep(random.int(0, late));
  },
});

interface Look {
  isThere(): boolean | Promise<boolean>;
  close?(): Promise<void>;
}

/** Moments of the first start: folders, key, migrations, rows of the account. */
function firstStart({ program, target }: Victim): Moment[] {
  const database = target.kind === 'sqlite' ? target.path : '';
  const longest = 40;
  return [
    after('first start', 700),
    onceSeen('first start, key', () => ({ isThere: () => existsSync(join(program.home, 'secret.key')) })),
    target.kind === 'sqlite'
      ? onceSeen('first start, migration', () => ({ isThere: () => existsSync(`${database}-wal`) }), longest)
      : onceSeen('first start, migration', () => seenTable(target), longest),
  ];
}

async function seenTable(target: DatabaseTarget): Promise<Look> {
  const db = await openDatabase(target);
  return { isThere: () => db.dialect.hasTable(db.query, 'media_items'), close: () => db.close() };
}

/** Moments of a run, from its start to its end. */
function midRun({ program, target }: Victim): Moment[] {
  const { media, covers } = foldersOf(program);
  const partial = (name: string) => name.endsWith('.part');
  const more = (folder: string) => (random: Random) => {
    const wanted = namesIn(folder).length + random.int(1, 6);
    return { isThere: () => namesIn(folder).filter((name) => !partial(name)).length >= wanted };
  };
  return [
    after('any time', 1800),
    after('start-up', 400),
    onceSeen('partial file', (random) => {
      let sightings = random.int(1, 8);
      return {
        isThere: () => {
          if (namesIn(media).some(partial)) sightings -= 1;
          return sightings <= 0;
        },
      };
    }),
    onceSeen('file in place', more(media)),
    onceSeen('cover in place', more(covers)),
    onceSeen('row', (random) => seenRows(target, 'media_items', random.int(1, 6))),
    onceSeen('start of the run', () => seenRows(target, 'service_runs', 1)),
    onceSeen('end of the run', () => seenEnd(target)),
  ];
}

async function seenRows(target: DatabaseTarget, table: 'media_items' | 'service_runs', more: number): Promise<Look> {
  const db = await openDatabase(target);
  const wanted = (await rowsOf(db, table)) + more;
  return { isThere: async () => (await rowsOf(db, table)) >= wanted, close: () => db.close() };
}

/** Sees the first proven interval, which a run writes first at its end. */
async function seenEnd(target: DatabaseTarget): Promise<Look> {
  const db = await openDatabase(target);
  return { isThere: async () => (await rowsOf(db, 'backfill_intervals')) > 0, close: () => db.close() };
}

async function rowsOf({ query }: Database, table: 'media_items' | 'service_runs' | 'backfill_intervals') {
  const { count } = await query
    .selectFrom(table)
    .select((row) => row.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
