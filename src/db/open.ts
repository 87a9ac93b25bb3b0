import type { Database, DatabaseTarget } from './database.ts';

export type { Database, DatabaseTarget, PostgresTarget } from './database.ts';

/**
 * Connects, and loads the driver that it takes. Queries throw {@link DatabaseError} where the database is lost.
 *
 * @throws {DatabaseError} where it cannot be used, saying why.
 */
export async function openDatabase(target: DatabaseTarget): Promise<Database> {
  if (target.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite.ts');
    return openSqlite(target.path);
  }
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(target);
}
