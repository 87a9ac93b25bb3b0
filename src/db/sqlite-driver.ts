import { createQueryId, type DatabaseConnection, type Driver, IdentifierNode, RawNode } from 'kysely';
import type LibsqlDatabase from 'libsql';
import { createSlots } from '../lib/slots.ts';
import { cleanText, exactNumber, toJson } from './dialect.ts';

/** Retries an attempt while another process is writing. */
export type Patience = <T>(attempt: () => T) => Promise<T>;

interface DriverOptions {
  file: LibsqlDatabase.Database;
  whileBusy: Patience;
  /** Throws if the file was replaced. */
  check: () => void;
  translate: (error: unknown) => unknown;
}

/**
 * One connection for one caller at a time; converts values to SQLite's and back. Transactions lock for writing when they
 * begin, or two could deadlock half-way.
 */
export function createSqliteDriver({ file, whileBusy, check, translate }: DriverOptions): Driver {
  const turns = createSlots(() => 1);

  const attempt = async <T>(work: () => T): Promise<T> => {
    try {
      return await whileBusy(work);
    } catch (error) {
      throw translate(error);
    }
  };
  const statements = createStatements(file);
  const execute = (text: string, parameters: readonly unknown[]) => {
    // A statement that was refused as busy counts as running, and blocks the end of the transaction until it is run again.
    let statement: PreparedStatement | undefined;
    return attempt(() => {
      statement ??= statements.take(text);
      const result = run(statement, parameters);
      statements.putBack(text, statement);
      return result;
    });
  };
  const command = (text: string) => attempt(() => void file.exec(text));
  const connection: DatabaseConnection = {
    // biome-ignore lint/suspicious/noExplicitAny: rows have the type that the query says
    executeQuery: ({ sql, parameters }): Promise<any> => execute(sql, parameters),
    async *streamQuery({ sql, parameters }) {
      // biome-ignore lint/suspicious/noExplicitAny: as above
      yield (await execute(sql, parameters)) as any;
    },
  };

  return {
    init: async () => {},
    async acquireConnection() {
      await turns.enter();
      try {
        check();
      } catch (error) {
        turns.leave();
        throw error;
      }
      return connection;
    },
    async beginTransaction(_connection, { accessMode }) {
      await command(accessMode === 'read only' ? 'begin' : 'begin immediate');
    },
    async commitTransaction() {
      await command('commit');
    },
    async rollbackTransaction() {
      // If the disk was full, SQLite has rolled back already.
      if (file.inTransaction) await command('rollback');
    },
    async savepoint(_connection, name, compile) {
      await connection.executeQuery(compile(namedCommand('savepoint', name), createQueryId()));
    },
    async rollbackToSavepoint(_connection, name, compile) {
      await connection.executeQuery(compile(namedCommand('rollback to', name), createQueryId()));
    },
    async releaseSavepoint(_connection, name, compile) {
      await connection.executeQuery(compile(namedCommand('release', name), createQueryId()));
    },
    async releaseConnection() {
      turns.leave();
    },
    destroy: async () => {},
  };
}

const namedCommand = (command: string, name: string): RawNode =>
  RawNode.createWithChildren([RawNode.createWithSql(`${command} `), IdentifierNode.create(name)]);

interface PreparedStatement {
  readonly statement: LibsqlDatabase.Statement<unknown[]>;
  /** The result's columns, and how to read their values; undefined for statements without rows. */
  readonly columns: readonly (readonly [string, Convert])[] | undefined;
}

/** Prepared statements that are cached. */
const KEPT_STATEMENTS = 64;
/** Longer statements list many rows and are rarely repeated. */
const LONGEST_KEPT = 4000;

/** Prepares statements and caches the latest ones: preparing takes as long as running. */
function createStatements(file: LibsqlDatabase.Database) {
  const kept = new Map<string, PreparedStatement>();

  const prepare = (text: string): PreparedStatement => {
    const statement = file.prepare(text);
    if (!statement.reader) return { statement, columns: undefined };
    statement.safeIntegers(true);
    return { statement, columns: statement.columns().map(({ name, type }) => [name, fromSqlite(type)]) };
  };

  return {
    /** Put it back after it ran without an error: a failed statement is not reused. */
    take(text: string): PreparedStatement {
      const found = kept.get(text);
      kept.delete(text);
      return found ?? prepare(text);
    },
    putBack(text: string, statement: PreparedStatement): void {
      // A changed schema invalidates prepared statements.
      if (!/^(select|insert|update|delete|with)\b/i.test(text)) kept.clear();
      else if (text.length <= LONGEST_KEPT) kept.set(text, statement);
      const [oldest] = kept.keys();
      if (kept.size > KEPT_STATEMENTS && oldest !== undefined) kept.delete(oldest);
    },
  };
}

function run({ statement, columns }: PreparedStatement, parameters: readonly unknown[]) {
  const values = parameters.map(toSqlite);
  if (!columns) {
    const { changes } = statement.run(values);
    return { numAffectedRows: BigInt(changes), rows: [] };
  }
  const rows = statement.all(values).map((row) => {
    const found = row as Record<string, unknown>;
    return Object.fromEntries(columns.map(([name, convert]) => [name, convert(found[name])]));
  });
  return { rows };
}

/** libsql treats all numbers as floating point, and aborts the process for a boolean. */
function toSqlite(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string') return cleanText(value);
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '');
  if (value === undefined || value === null) return null;
  if (typeof value === 'object' && !ArrayBuffer.isView(value)) return toJson(value);
  return value;
}

type Convert = (value: unknown) => unknown;

/** Converts by the column's declared type; a value without a column, such as a maximum, by its format. */
function fromSqlite(type: string | null): Convert {
  if (type === null) return (value) => (isMoment(value) ? toDate(value) : plain(value));
  const declared = type.toUpperCase();
  if (declared.startsWith('TIMESTAMP')) return (value) => (typeof value === 'string' ? toDate(value) : value);
  if (declared.startsWith('BOOLEAN')) return (value) => (value === null ? null : value !== 0n);
  if (declared.startsWith('JSON') || declared.endsWith('ARRAY')) {
    return (value) => (typeof value === 'string' ? JSON.parse(value) : value);
  }
  return plain;
}

const plain: Convert = (value) => (typeof value === 'bigint' ? exactNumber(value) : value);
const isMoment = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/.test(value);
const toDate = (text: string): Date => new Date(`${text.replace(' ', 'T')}Z`);
