import type { Expression, Kysely, RawBuilder, SqlBool, Transaction } from 'kysely';
import { sql } from 'kysely';
import { DatabaseError, RefusedByDatabaseError } from '../errors.ts';
import type { Schema } from './schema.ts';

/** Everything in queries that differs between the two databases. */
export interface Dialect {
  readonly kind: 'sqlite' | 'postgres';
  /** The database's own clock, UTC. */
  readonly now: RawBuilder<Date>;
  /** Milliseconds from a moment to {@link now}; negative for a future one. */
  millisecondsSince(moment: Expression<Date>): RawBuilder<number>;
  /** True if the text contains what was typed, in any case; without wildcards. */
  contains(text: Expression<string | null>, typed: string): Expression<SqlBool>;
  /** True if an array column has this element. */
  includes(array: Expression<string[] | null>, element: string): Expression<SqlBool>;
  /** True if a column has one of these values; never uses an index of that column. */
  isAmong(column: Expression<string | null>, wanted: Expression<unknown>): Expression<SqlBool>;
  /** The month of a moment, for grouping: a `Date` at its start, or text that begins with `2025-01`. */
  monthOf(moment: Expression<Date | null>): RawBuilder<Date | string | null>;
  hasTable(query: Kysely<Schema>, table: string): Promise<boolean>;
  /** Locks until the transaction ends: one process migrates at a time. */
  lockMigrations(transaction: Transaction<Schema>): Promise<void>;
  /** Executes a script of several statements. */
  runScript(transaction: Transaction<Schema>, script: string): Promise<void>;
}

/** True if a row was refused because another has the same key. */
export function isUniqueViolation(error: unknown): boolean {
  return ['23505', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(codeOf(error));
}

/** True if the connection is lost, so that no further query will work. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof DatabaseError) return isConnectionLost(error.cause);
  const code = codeOf(error);
  if (/^(08|57P0[1235]$|25P03$)|^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOST|ENET|EAI_)/.test(code)) return true;
  if (/^SQLITE_(IOERR|CANTOPEN|CORRUPT|NOTADB|READONLY_DBMOVED)/.test(code)) return true;
  return error instanceof Error && LOST.test(error.message);
}

const LOST =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|The database connection is not open)/;

/** Turns a driver's error into one of ours if it is a lost connection, a full disk or a refused value. */
export function translateError(error: unknown, location: string): unknown {
  if (error instanceof DatabaseError) return error;
  if (isConnectionLost(error)) {
    return new DatabaseError(`The connection to the database was lost (${location})`, {
      cause: error,
      hint: 'Check the database, then run the same command again: everything saved so far stays.',
    });
  }
  if (['SQLITE_FULL', '53100'].includes(codeOf(error))) {
    return new DatabaseError(`No space is left for the database (${location})`, {
      cause: error,
      hint: 'Free some space, then run the same command again.',
    });
  }
  if (isUniqueViolation(error)) return error;
  const code = codeOf(error);
  const refused = REFUSALS.find(([codes]) => codes.test(code))?.[1];
  if (refused === undefined) return error;
  // The driver's message may contain the value, such as a caption: only its code is passed on.
  return new RefusedByDatabaseError(`The database refused ${refused} (${code}, ${location})`, {
    hint: 'Everything saved so far stays. Please report this, with the command and the output of LOG_LEVEL=debug.',
  });
}

/** Why a database refuses a value: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^22001$/, 'a text that is too long'],
  [/^22003$/, 'a number that is too large'],
  [/^22(007|008)$/, 'a date that is out of range'],
  [/^22/, 'a value that it cannot store'],
  [/^23503$|^SQLITE_CONSTRAINT_FOREIGNKEY$/, 'a row that refers to a missing one'],
  [/^23|^SQLITE_CONSTRAINT/, 'a value that its rules forbid'],
  [/^54|^SQLITE_TOOBIG$/, 'a row or a statement that is too large'],
  [/^SQLITE_(MISMATCH|RANGE)$/, 'a value that it cannot store'],
];

export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/**
 * `like` ignores case only for ASCII letters in SQLite, and in PostgreSQL under some locales: search for the usual
 * spellings of other letters one by one.
 */
export function containsAny(operator: 'like' | 'ilike', text: Expression<string | null>, typed: string) {
  const lower = typed.toLowerCase();
  const spellings = new Set([typed, lower, typed.toUpperCase(), lower.charAt(0).toUpperCase() + lower.slice(1)]);
  const conditions = [...spellings].map((spelling) => {
    const pattern = `%${spelling.replace(/[\\%_]/g, '\\$&')}%`;
    return sql<SqlBool>`${text} ${sql.raw(operator)} ${pattern} escape '\\'`;
  });
  return sql<SqlBool>`(${sql.join(conditions, sql` or `)})`;
}

/**
 * Text that both databases accept: without NUL, and without lone surrogates, which cutting a text can leave behind and
 * which PostgreSQL refuses in JSON.
 */
export const cleanText = (text: string): string => text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd');

export const toJson = (value: object): string =>
  JSON.stringify(value, (_key, inner) => (typeof inner === 'string' ? cleanText(inner) : inner));

/** The exact number. @throws {RangeError} beyond 2^53, instead of rounding. */
export function exactNumber(digits: string | bigint): number {
  const number = Number(digits);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${digits} is too large a number to be read exactly`);
  return number;
}
