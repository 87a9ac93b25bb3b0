import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseTarget, PostgresTarget } from '../../src/db/open.ts';
import { askServer, serverUrl } from './server.ts';

/** An empty database that nobody has open, and how to be rid of it. */
export interface MadeDatabase {
  readonly target: DatabaseTarget;
  remove(): Promise<void>;
}

export const makeDatabase = (kind: DatabaseTarget['kind']): Promise<MadeDatabase> =>
  kind === 'sqlite' ? makeSqlite() : makePostgres();

async function makeSqlite(): Promise<MadeDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'storyline-test-'));
  return {
    target: { kind: 'sqlite', path: join(folder, 'storyline.db') },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function makePostgres(): Promise<MadeDatabase> {
  const name = `storyline_test_${randomUUID().replaceAll('-', '')}`;
  await askServer(`create database ${name} template template0 encoding 'UTF8'`);
  return {
    target: serverTarget(name),
    remove: () => askServer(`drop database if exists ${name} with (force)`),
  };
}

/** The test server, as a target; with another database than the one of its URL. */
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
