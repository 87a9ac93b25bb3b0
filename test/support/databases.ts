import { afterEach, describe, inject, it } from 'vitest';
import { type Database, type DatabaseTarget, openDatabase } from '../../src/db/open.ts';
import { makeDatabase } from './make-database.ts';
import { shownUrl, whyUnreachable } from './server.ts';

export { serverTarget } from './make-database.ts';

/** New databases of one kind, closed and removed after the test that created them. */
export interface Databases {
  readonly kind: DatabaseTarget['kind'];
  /** Creates a database with all tables, without opening it. */
  create(): Promise<DatabaseTarget>;
  /** Creates a database without tables, without opening it. */
  createEmpty(): Promise<DatabaseTarget>;
  /** Opens a database, by default a new empty one. */
  open(target?: DatabaseTarget): Promise<Database>;
  /** Opens a new database with all tables. */
  openMigrated(): Promise<Database>;
}

/** Runs a suite on both databases. Without a PostgreSQL server its half is skipped, with a message. */
export function eachDatabase(suite: (databases: Databases) => void): void {
  describe('on SQLite', () => suite(useDatabases('sqlite')));
  onPostgres(suite);
}

export function onPostgres(suite: (databases: Databases) => void): void {
  describe('on PostgreSQL', () => {
    if (unreachable) it.skip(`PostgreSQL is not reachable at ${shownUrl()} (${unreachable}): skipped`, () => {});
    else suite(useDatabases('postgres'));
  });
}

/** Must be called inside a `describe`. */
export function useDatabases(kind: DatabaseTarget['kind']): Databases {
  const opened: Database[] = [];
  const removals: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
    for (const remove of removals.splice(0)) await remove();
  });

  const make = async (template?: string): Promise<DatabaseTarget> => {
    const made = await makeDatabase(kind, template);
    removals.push(made.remove);
    return made.target;
  };
  const create = () => make(inject('templates')[kind]);
  const createEmpty = () => make();
  const open = async (target?: DatabaseTarget): Promise<Database> => {
    const database = await openDatabase(target ?? (await createEmpty()));
    opened.push(database);
    return database;
  };
  const openMigrated = async (): Promise<Database> => open(await create());
  return { kind, create, createEmpty, open, openMigrated };
}

const unreachable = await whyUnreachable();
