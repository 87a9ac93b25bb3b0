import { type MigrationReport, migrate } from '../db/migrate.ts';
import { type DatabaseTarget, openDatabase } from '../db/open.ts';

/** Brings a database up to date. @throws {DatabaseError} */
export async function migrateDatabase(target: DatabaseTarget): Promise<MigrationReport> {
  const db = await openDatabase(target);
  try {
    return await migrate(db);
  } finally {
    await db.close();
  }
}
