import type { Database } from '../../db/database.ts';
import type { Stores } from '../../files/stores.ts';

export interface RepairOptions {
  db: Database;
  stores: Stores;
  now: () => Date;
}
