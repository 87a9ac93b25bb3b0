import { closeSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely';
import type LibsqlDatabase from 'libsql';
import { DatabaseError } from '../errors.ts';
import { ensureFolder } from '../lib/ensure-folder.ts';
import type { Database } from './database.ts';
import { codeOf, containsAny, type Dialect, translateError } from './dialect.ts';
import type { Schema } from './schema.ts';
import { createSqliteDriver, type Patience } from './sqlite-driver.ts';

/**
 * Waiting inside SQLite blocks the whole process, so it waits only briefly there; the driver waits longer between attempts.
 */
const BUSY_TIMEOUT_MS = 20;

const PATIENCE_MS = 60_000;

/** Opens the file, and creates it and its folder if they are missing. */
export async function openSqlite(path: string): Promise<Database> {
  const location = `SQLite, ${path}`;
  const file = await openFile(path);
  const whileBusy = createPatience(path);
  try {
    await whileBusy(() => {
      file.exec('pragma journal_mode = wal');
      // In WAL mode, NORMAL would lose the last transactions in a power cut. Rows of complete files would be adopted
      // again, but a renewed or re-encrypted token would be lost. The price is one sync per item, in addition to those
      // of its file.
      file.exec('pragma synchronous = full');
      file.exec('pragma foreign_keys = on');
    });
  } catch (error) {
    file.close();
    throw openError(path, error);
  }

  const driver = createSqliteDriver({
    file,
    whileBusy,
    check: stillThere(path),
    translate: (error) => translateError(error, location),
  });
  const query = new Kysely<Schema>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (db) => new SqliteIntrospector(db),
    },
  });
  return { query, dialect: sqliteDialect(file, whileBusy), location, close: closeOnce(file) };
}

/** Retries while another process is writing; does not block this process between attempts. */
function createPatience(path: string): Patience {
  return async (attempt) => {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return attempt();
      } catch (error) {
        const code = codeOf(error);
        // An outdated snapshot stays outdated: waiting does not help.
        if (!code.startsWith('SQLITE_BUSY') || code === 'SQLITE_BUSY_SNAPSHOT') throw error;
        if (performance.now() > deadline) {
          throw new DatabaseError(`Another process has locked the database ${path}`, {
            cause: error,
            hint: 'Close other programs that have the file open, then try again.',
          });
        }
      }
      await sleep(5 + Math.random() * 25);
    }
  };
}

async function openFile(path: string): Promise<LibsqlDatabase.Database> {
  const { default: Libsql } = await import('libsql');
  try {
    await ensureFolder(dirname(path), 0o700);
    makePrivateFile(path);
    return new Libsql(path, { timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw openError(path, error);
  }
}

/**
 * SQLite would create a world-readable file; the files next to it get its mode. An existing file is not opened here:
 * closing any descriptor of it releases all locks that SQLite holds in this process, and two processes that write at the
 * same time destroy it.
 * @see https://www.sqlite.org/howtocorrupt.html, section 2.2
 */
function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function openError(path: string, error: unknown): unknown {
  if (error instanceof DatabaseError) return error;
  if (codeOf(error) === 'SQLITE_NOTADB') {
    return new DatabaseError(`${path} is not an SQLite database`, {
      cause: error,
      hint: 'Move the file away, or set DATABASE_URL to another one.',
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new DatabaseError(`Cannot open the database ${path}: ${reason}`, {
    cause: error,
    hint: 'Check that the folder exists and is writable.',
  });
}

/** SQLite would keep writing to a deleted or replaced file, and the data would be lost. */
function stillThere(path: string): () => void {
  const opened = statSync(path);
  return () => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.ino === opened.ino && found.dev === opened.dev) return;
    throw new DatabaseError(`The database ${path} was deleted or replaced while it was in use`, {
      cause: Object.assign(new Error('database file moved'), { code: 'SQLITE_READONLY_DBMOVED' }),
      hint: 'Restore it, or run the same command again to use the present file.',
    });
  };
}

function closeOnce(file: LibsqlDatabase.Database): () => Promise<void> {
  return async () => {
    if (!file.open) return;
    try {
      // People copy the file: when it is closed, it contains the whole database.
      file.pragma('wal_checkpoint(truncate)');
    } catch {
      // The next process does it.
    }
    file.close();
  };
}

function sqliteDialect(file: LibsqlDatabase.Database, whileBusy: Patience): Dialect {
  return {
    kind: 'sqlite',
    now: sql<Date>`strftime('%Y-%m-%d %H:%M:%f', 'now')`,
    millisecondsSince: (moment) =>
      sql<number>`cast(round((julianday('now') - julianday(${moment})) * 86400000) as integer)`,
    contains: (text, typed) => containsAny('like', text, typed),
    includes: (array, element) => sql`exists (select 1 from json_each(${array}) where value = ${element})`,
    // The sign before the column keeps SQLite from choosing its index.
    isAmong: (column, wanted) => sql`+${column} in ${wanted}`,
    monthOf: (moment) => sql`substr(${moment}, 1, 7)`,
    async hasTable(query, table) {
      const { rows } = await sql`select 1 from sqlite_master where type = 'table' and name = ${table}`.execute(query);
      return rows.length > 0;
    },
    // A transaction is the only writer from its start.
    lockMigrations: async () => {},
    // The transaction holds the only connection.
    runScript: (_transaction, script) => whileBusy(() => void file.exec(script)),
  };
}
