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
  /** Inside a transaction ask its own handle only: on SQLite this one would wait for the transaction to end. */
  readonly query: Kysely<Schema>;
  readonly dialect: Dialect;
  /** Which database it is, to be shown; without a password. */
  readonly location: string;
  /** Waits for nobody: end what is under way first. A second call does nothing. */
  close(): Promise<void>;
}
