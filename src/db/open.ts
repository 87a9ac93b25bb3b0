import type { Database, DatabaseTarget } from './database.ts';

export type { Database, DatabaseTarget, PostgresTarget } from './database.ts';

/**
 * Loads the driver and connects. Queries throw {@link DatabaseError} if the connection is lost.
 *
 * @throws {DatabaseError} if the database cannot be used, with the reason.
 */
export async function openDatabase(target: DatabaseTarget): Promise<Database> {
  if (target.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite.ts');
    return openSqlite(target.path);
  }
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(target);
}
