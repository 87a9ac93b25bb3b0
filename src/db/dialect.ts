import type { Expression, Kysely, RawBuilder, SqlBool, Transaction } from 'kysely';
import { sql } from 'kysely';
import { DatabaseError, RefusedByDatabaseError } from '../errors.ts';
import type { Schema } from './schema.ts';

/** All that differs between the two databases, for those who write queries. */
export interface Dialect {
  readonly kind: 'sqlite' | 'postgres';
  /** The database's own clock, UTC. */
  readonly now: RawBuilder<Date>;
  /** Milliseconds from a moment to {@link now}; below zero for a moment to come. */
  millisecondsSince(moment: Expression<Date>): RawBuilder<number>;
  /** Text that contains what was typed, whatever its case; nothing in it is a wildcard. */
  contains(text: Expression<string | null>, typed: string): Expression<SqlBool>;
  /** True where an array column has this element. */
  includes(array: Expression<string[] | null>, element: string): Expression<SqlBool>;
  /** True where a column is one of those that are asked for, however rows are come by: no index is chosen for it. */
  isAmong(column: Expression<string | null>, wanted: Expression<unknown>): Expression<SqlBool>;
  /** The month of a moment, to group by: a `Date` at its beginning, or text that begins with `2025-01`. */
  monthOf(moment: Expression<Date | null>): RawBuilder<Date | string | null>;
  hasTable(query: Kysely<Schema>, table: string): Promise<boolean>;
  /** Held until the transaction ends: one process migrates at a time. */
  lockMigrations(transaction: Transaction<Schema>): Promise<void>;
  /** Executes a text of several statements. */
  runScript(transaction: Transaction<Schema>, script: string): Promise<void>;
}

/** True for a row refused because another has the same key. */
export function isUniqueViolation(error: unknown): boolean {
  return ['23505', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(codeOf(error));
}

/** True where the database went away, and no further query can be expected to work. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof DatabaseError) return isConnectionLost(error.cause);
  const code = codeOf(error);
  if (/^(08|57P0[1235]$|25P03$)|^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOST|ENET|EAI_)/.test(code)) return true;
  if (/^SQLITE_(IOERR|CANTOPEN|CORRUPT|NOTADB|READONLY_DBMOVED)/.test(code)) return true;
  return error instanceof Error && LOST.test(error.message);
}

const LOST =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|The database connection is not open)/;

/** What the driver threw, as the error to show: a lost connection or a full disk is ours, all else stays as it is. */
export function translateError(error: unknown, location: string): unknown {
  if (error instanceof DatabaseError) return error;
  if (isConnectionLost(error)) {
    return new DatabaseError(`The connection to the database was lost (${location})`, {
      cause: error,
      hint: 'Check that the database is there, then run the same command again: whatever was kept stays kept.',
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
  // The driver's own words may hold the value, such as a caption: only its code is passed on.
  return new RefusedByDatabaseError(`The database refused ${refused} (${code}, ${location})`, {
    hint: 'What was kept stays kept. Please report it, with the command and what LOG_LEVEL=debug shows.',
  });
}

/** What a database refuses about the values that it is given: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^22001$/, 'a text that is too long'],
  [/^22003$/, 'a number that is too large'],
  [/^22(007|008)$/, 'a moment that is out of range'],
  [/^22/, 'a value that it cannot store'],
  [/^23503$|^SQLITE_CONSTRAINT_FOREIGNKEY$/, 'a row that refers to one that is not there'],
  [/^23|^SQLITE_CONSTRAINT/, 'a value that its rules forbid'],
  [/^54|^SQLITE_TOOBIG$/, 'a row or a statement that is too large'],
  [/^SQLITE_(MISMATCH|RANGE)$/, 'a value that it cannot store'],
];

export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/**
 * `like` folds only ASCII letters in SQLite, and in PostgreSQL under some locales; the usual spellings of other letters
 * are therefore asked for one by one.
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
 * Text that both databases take: without NUL, and without halves of characters, which cutting a text to length leaves
 * behind and which PostgreSQL refuses in JSON.
 */
export const cleanText = (text: string): string => text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd');

export const toJson = (value: object): string =>
  JSON.stringify(value, (_key, inner) => (typeof inner === 'string' ? cleanText(inner) : inner));

/** As `number` where it is exact. @throws {RangeError} beyond 2^53, rather than be off by a little. */
export function exactNumber(digits: string | bigint): number {
  const number = Number(digits);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${digits} is too large a number to be read exactly`);
  return number;
}
