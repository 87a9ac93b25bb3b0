import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseTarget, PostgresTarget } from '../../src/db/open.ts';
import { askServer, serverUrl } from './server.ts';

/** A database that nobody has open, and how to remove it. */
export interface MadeDatabase {
  readonly target: DatabaseTarget;
  remove(): Promise<void>;
}

/** Makes an empty database; with `template`, a copy of that file or of that database of the test server. */
export const makeDatabase = (kind: DatabaseTarget['kind'], template?: string): Promise<MadeDatabase> =>
  kind === 'sqlite' ? makeSqlite(template) : makePostgres(template);

async function makeSqlite(template: string | undefined): Promise<MadeDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'storyline-test-'));
  const path = join(folder, 'storyline.db');
  if (template) copyFileSync(template, path);
  return {
    target: { kind: 'sqlite', path },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function makePostgres(template = 'template0'): Promise<MadeDatabase> {
  const name = `storyline_test_${randomUUID().replaceAll('-', '')}`;
  await askServer(`create database ${name} template ${template} encoding 'UTF8'`);
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
