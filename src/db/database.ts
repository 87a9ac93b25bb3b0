import type { Kysely } from 'kysely';
import type { Dialect } from './dialect.ts';
import type { Schema } from './schema.ts';

export type DatabaseTarget = SqliteTarget | PostgresTarget;

export interface SqliteTarget {
  kind: 'sqlite';
  path: string;
}

export interface PostgresTarget {
  kind: 'postgres';
  host?: string | undefined;
  port?: number | undefined;
  database: string;
  user?: string | undefined;
  password?: string | undefined;
  ssl: false | { rejectUnauthorized: boolean };
}

export interface Database {
  /** Inside a transaction use only its own handle: on SQLite this one would wait for the transaction to end. */
  readonly query: Kysely<Schema>;
  readonly dialect: Dialect;
  /** A description of the database for messages, without a password. */
  readonly location: string;
  /** Does not wait for queries in flight. A second call does nothing. */
  close(): Promise<void>;
}
