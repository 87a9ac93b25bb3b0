import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseTarget, PostgresTarget } from '../../src/db/open.ts';
import { askServer, serverUrl } from './server.ts';

/** A database, not opened, and a function that removes it. */
export interface TestDatabase {
  readonly target: DatabaseTarget;
  remove(): Promise<void>;
}

/** Creates an empty database; with `template`, a copy of that SQLite file or of that database of the test server. */
export const makeDatabase = (kind: DatabaseTarget['kind'], template?: string): Promise<TestDatabase> =>
  kind === 'sqlite' ? makeSqlite(template) : makePostgres(template);

async function makeSqlite(template: string | undefined): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'storyline-test-'));
  const path = join(folder, 'storyline.db');
  if (template) copyFileSync(template, path);
  return {
    target: { kind: 'sqlite', path },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function makePostgres(template = 'template0'): Promise<TestDatabase> {
  const name = `storyline_test_${randomUUID().replaceAll('-', '')}`;
  await askServer(`create database ${name} template ${template} encoding 'UTF8'`);
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
