import { randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { serverTarget } from './make-database.ts';
import { askServer } from './server.ts';

/** Databases with all tables, created once for the whole test run: copying one is faster than migrating. */
export interface Templates {
  /** Path of an SQLite file that is not open. */
  readonly sqlite: string;
  /** Name of a database on the test server; undefined without a server. */
  readonly postgres: string | undefined;
}

declare module 'vitest' {
  export interface ProvidedContext {
    templates: Templates;
  }
}

export async function makeTemplates(hasServer: boolean): Promise<{ templates: Templates; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'storyline-template-'));
  const sqlite = join(folder, 'storyline.db');
  const migrated = await openDatabase({ kind: 'sqlite', path: sqlite });
  await migrate(migrated);
  await migrated.close();
  const postgres = hasServer ? `storyline_template_${randomUUID().replaceAll('-', '')}` : undefined;
  if (postgres) {
    await askServer(`create database ${postgres} template template0 encoding 'UTF8'`);
    const database = await openDatabase(serverTarget(postgres));
    await migrate(database);
    await database.close();
  }
  return {
    templates: { sqlite, postgres },
    async remove() {
      await rm(folder, { recursive: true, force: true });
      if (postgres) await askServer(`drop database if exists ${postgres} with (force)`);
    },
  };
}

/** Copies the migrated database to a path. */
export const copySqlite = ({ sqlite }: Templates, path: string): Promise<void> => copyFile(sqlite, path);
