import type { Database } from '../../db/open.ts';
import type { Stores } from '../../files/stores.ts';

/** What each step of a repair needs. */
export interface RepairOptions {
  db: Database;
  stores: Stores;
  now: () => Date;
}
