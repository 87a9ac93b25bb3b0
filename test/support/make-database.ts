import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseTarget, PostgresTarget } from '../../src/db/open.ts';
import { askServer, serverUrl } from './server.ts';

/** An empty database, not opened, and a function that removes it. */
export interface TestDatabase {
  readonly target: DatabaseTarget;
  remove(): Promise<void>;
}

export const makeDatabase = (kind: DatabaseTarget['kind']): Promise<TestDatabase> =>
  kind === 'sqlite' ? makeSqlite() : makePostgres();

async function makeSqlite(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'storyline-test-'));
  return {
    target: { kind: 'sqlite', path: join(folder, 'storyline.db') },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function makePostgres(): Promise<TestDatabase> {
  const name = `storyline_test_${randomUUID().replaceAll('-', '')}`;
  await askServer(`create database ${name} template template0 encoding 'UTF8'`);
  return {
    target: serverTarget(name),
    remove: () => askServer(`drop database if exists ${name} with (force)`),
  };
}

/** A database on the test server. */
export function serverTarget(database: string): PostgresTarget {
  const url = new URL(serverUrl);
  return {
    kind: 'postgres',
    host: url.hostname,
    port: Number(url.port || 5432),
    database,
    user: decodeURIComponent(url.username) || undefined,
    password: decodeURIComponent(url.password) || undefined,
    ssl: false,
  };
}
