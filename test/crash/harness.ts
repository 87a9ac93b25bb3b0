import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, type DatabaseTarget, openDatabase } from '../../src/db/open.ts';
import { createRandom, type Random } from '../../src/sandbox/random.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, databaseUrl, settingsFor } from '../support/cli.ts';
import { makeDatabase } from '../support/make-database.ts';
import { checkFinished, checkNothingHalf, foldersOf } from './checks.ts';
import { FAULTS, POSTS, STORIES } from './posts.ts';

interface CrashOptions {
  kind: DatabaseTarget['kind'];
  /** How many kills to survive. */
  kills: number;
  /** The same seed aims the kills the same way; where they land is up to the machine. */
  seed: string;
  /** Told after each kill. */
  onKill?: (report: CrashReport) => void;
}

export interface CrashReport {
  readonly kills: number;
  /** Libraries that were finished and found whole. */
  readonly libraries: number;
  /** How many kills were aimed at each moment. */
  readonly moments: Readonly<Record<string, number>>;
}

/** A library in the making. */
export interface Victim {
  readonly it: Cli;
  readonly sandbox: Sandbox;
  readonly target: DatabaseTarget;
}

/** Kills on one library at most, so that also small numbers of kills see finished ones. */
const KILLS_A_LIBRARY = 9;

/**
 * Kills the built program again and again, lets it finish each library in the end, and checks all that was promised.
 *
 * @throws where anything is not as promised; the library is left for a look at it, and its place is in the message.
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
      const it = await cli({ ...settingsFor(sandbox), DATABASE_URL: databaseUrl(made.target), NO_COLOR: '1' });
      const victim = { it, sandbox, target: made.target };
      try {
        await grow(victim, random, Math.min(KILLS_A_LIBRARY, kills - done), count);
        await checkFinished(victim);
      } catch (error) {
        throw new Error(`seed ${seed}, after kill ${done}, library ${it.home}, ${it.environment.DATABASE_URL}`, {
          cause: error,
        });
      }
      libraries += 1;
      await it.close();
      await made.remove();
    }
  } finally {
    await sandbox.close();
  }
  return report();
}

/** Makes a library under kills, until it is complete or the kills are used up; the last run goes undisturbed. */
async function grow(victim: Victim, random: Random, kills: number, count: (moment: Moment) => void): Promise<void> {
  const add = addArguments(victim.sandbox);
  const input = victim.sandbox.tokens.facebook;
  let left = kills;
  const strike = async (args: string[], moments: readonly Moment[], typed?: string) => {
    const moment = random.pick(moments);
    const wasKilled = await killDuring(victim, { args, moment, random, input: typed });
    if (!wasKilled) return false;
    left -= 1;
    if (random.next() < 0.5) await checkNothingHalf(victim);
    count(moment);
    return true;
  };

  if (left > 1 && random.next() < 0.8) await strike(add, firstStart(victim), input);
  await expectSuccess(victim.it, add, input);
  while (left > 0 && (await strike(backfillArguments(random), midRun(victim), undefined)));
  await expectSuccess(victim.it, backfillArguments(random));
}

const addArguments = ({ account }: Sandbox): string[] => [
  'add-instagram-account',
  ...['--display-name', account.name, '--account-id', account.id, '--username', account.username],
];

const backfillArguments = (random: Random): string[] => [
  'backfill-instagram',
  ...['--media-type', 'both', '--concurrency', String(random.pick([2, 8, 64])), '--quiet'],
];

async function expectSuccess(it: Cli, args: string[], input?: string): Promise<void> {
  const { exitCode, stdout, stderr } = await it.run(args, input === undefined ? {} : { input });
  if (exitCode !== 0) throw new Error(`${args[0]} ended with ${exitCode}:\n${stdout}\n${stderr}`);
}

/** When to kill: at once when this resolves. */
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

/** False where the program ended before the moment came; then it must have ended well. */
async function killDuring({ it }: Victim, { args, moment, random, input }: Strike): Promise<boolean> {
  const { child, outcome } = it.start(args);
  child.stdin?.on('error', () => undefined).end(input ?? '');
  await moment.wait(random, () => hasEnded(child));
  child.kill('SIGKILL');
  const { exitCode, stdout, stderr } = await outcome;
  if (child.signalCode === 'SIGKILL') return true;
  if (exitCode !== 0) throw new Error(`${args[0]} ended by itself with ${exitCode}:\n${stdout}\n${stderr}`);
  return false;
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

const after = (name: string, longest: number): Moment => ({
  name,
  wait: (random) => sleep(random.int(0, longest)).then(() => undefined),
});

/** Shortly after something is there to be seen. */
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

/** Moments of the first start: folders, key, migrations, the account's rows. */
function firstStart({ it, target }: Victim): Moment[] {
  const database = target.kind === 'sqlite' ? target.path : '';
  const longest = 40;
  return [
    after('first start', 700),
    onceSeen('first start, key', () => ({ isThere: () => existsSync(join(it.home, 'secret.key')) })),
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
function midRun({ it, target }: Victim): Moment[] {
  const { media, covers } = foldersOf(it);
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

/** Sees the proven past being written, which is the first that a run does at its end. */
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
