import { createQueryId, type DatabaseConnection, type Driver, IdentifierNode, RawNode } from 'kysely';
import type LibsqlDatabase from 'libsql';
import { createSlots } from '../lib/slots.ts';
import { cleanText, exactNumber, toJson } from './dialect.ts';

/** Retries an attempt while another process is writing. */
export type Patience = <T>(attempt: () => T) => Promise<T>;

interface DriverOptions {
  file: LibsqlDatabase.Database;
  whileBusy: Patience;
  /** Throws where the file is not what it was. */
  check: () => void;
  translate: (error: unknown) => unknown;
}

/**
 * One connection, handed to one caller at a time; values are turned into SQLite's and back. Transactions take the
 * writer's place when they begin, or two could meet half-way with both holding what the other needs.
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
    // One that was turned away counts as under way, and no transaction can end, until the very same is run again.
    let statement: Prepared | undefined;
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
      // After a full disk, SQLite has rolled back by itself.
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

interface Prepared {
  readonly statement: LibsqlDatabase.Statement<unknown[]>;
  /** Of each column of the result its name, and how its values are read; absent for what gives no rows. */
  readonly columns: readonly (readonly [string, Convert])[] | undefined;
}

/** Prepared statements that are kept for the next time. */
const KEPT_STATEMENTS = 64;
/** Texts that are longer are lists of many rows, and hardly come twice. */
const LONGEST_KEPT = 4000;

/** Prepares statements, and keeps those used last: preparing one takes as long as running it. */
function createStatements(file: LibsqlDatabase.Database) {
  const kept = new Map<string, Prepared>();

  const prepare = (text: string): Prepared => {
    const statement = file.prepare(text);
    if (!statement.reader) return { statement, columns: undefined };
    statement.safeIntegers(true);
    return { statement, columns: statement.columns().map(({ name, type }) => [name, fromSqlite(type)]) };
  };

  return {
    /** To be put back when it was run without an error: one that failed is not run again. */
    take(text: string): Prepared {
      const found = kept.get(text);
      kept.delete(text);
      return found ?? prepare(text);
    },
    putBack(text: string, statement: Prepared): void {
      // What changes tables changes what other statements mean.
      if (!/^(select|insert|update|delete|with)\b/i.test(text)) kept.clear();
      else if (text.length <= LONGEST_KEPT) kept.set(text, statement);
      const [oldest] = kept.keys();
      if (kept.size > KEPT_STATEMENTS && oldest !== undefined) kept.delete(oldest);
    },
  };
}

function run({ statement, columns }: Prepared, parameters: readonly unknown[]) {
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

/** libsql takes numbers for floating-point ones, and ends the process when it is given a boolean. */
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

/** By the type that the column was declared with; what comes from no column, such as a maximum, by its form. */
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
