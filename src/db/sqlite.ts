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
 * Waiting inside SQLite stops the whole process, so it does that for a moment only; the patient part of the waiting is
 * done by the driver, between attempts.
 */
const BUSY_TIMEOUT_MS = 20;

const PATIENCE_MS = 60_000;

/** Opens the file, which is made where it is missing, as is its folder. */
export async function openSqlite(path: string): Promise<Database> {
  const location = `SQLite, ${path}`;
  const file = await openFile(path);
  const whileBusy = createPatience(path);
  try {
    await whileBusy(() => {
      file.exec('pragma journal_mode = wal');
      // In WAL mode NORMAL would lose the last transactions in a power cut. Rows of whole files would be adopted again,
      // but a renewed token or a re-encrypted one would not come back. The price is one sync an item, next to the
      // ones that its file takes.
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

/** Tries again while another process is writing; between attempts this process goes on with other work. */
function createPatience(path: string): Patience {
  return async (attempt) => {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return attempt();
      } catch (error) {
        const code = codeOf(error);
        // A snapshot that was overtaken stays so, however long one waits.
        if (!code.startsWith('SQLITE_BUSY') || code === 'SQLITE_BUSY_SNAPSHOT') throw error;
        if (performance.now() > deadline) {
          throw new DatabaseError(`Another process keeps the database ${path} to itself`, {
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
 * SQLite would make it readable to everyone; what it puts beside the file gets the file's mode. A file that is there is
 * not touched: closing any descriptor of it takes from this process every lock that SQLite holds on it, and two
 * processes that write at once destroy it.
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
      hint: 'Move the file away, or name another one in DATABASE_URL.',
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new DatabaseError(`Cannot open the database ${path}: ${reason}`, {
    cause: error,
    hint: 'Check that the folder exists and may be written to.',
  });
}

/** SQLite goes on writing to a file that was deleted or replaced, and nobody would ever see it again. */
function stillThere(path: string): () => void {
  const opened = statSync(path);
  return () => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.ino === opened.ino && found.dev === opened.dev) return;
    throw new DatabaseError(`The database ${path} was deleted or replaced while it was in use`, {
      cause: Object.assign(new Error('database file moved'), { code: 'SQLITE_READONLY_DBMOVED' }),
      hint: 'Put it back, or run the same command again to start from what is there.',
    });
  };
}

function closeOnce(file: LibsqlDatabase.Database): () => Promise<void> {
  return async () => {
    if (!file.open) return;
    try {
      // So that the one file is the whole database when nobody has it open: people copy it.
      file.pragma('wal_checkpoint(truncate)');
    } catch {
      // Whoever opens it next does the same.
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
    // With a sign before it a column is a value like any other.
    isAmong: (column, wanted) => sql`+${column} in ${wanted}`,
    monthOf: (moment) => sql`substr(${moment}, 1, 7)`,
    async hasTable(query, table) {
      const { rows } = await sql`select 1 from sqlite_master where type = 'table' and name = ${table}`.execute(query);
      return rows.length > 0;
    },
    // A transaction is the only writer from its beginning.
    lockMigrations: async () => {},
    // The transaction holds the only connection there is.
    runScript: (_transaction, script) => whileBusy(() => void file.exec(script)),
  };
}
