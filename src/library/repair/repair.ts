import type { FileStore } from '../../files/file-store.ts';
import { WRITTEN_FOLDERS } from '../paths.ts';
import { restoreIds } from './instagram-ids.ts';
import { clearLeftovers } from './leftovers.ts';
import type { RepairOptions } from './options.ts';
import { rebuildRows } from './rebuild.ts';
import { relinkRows } from './relink-rows.ts';
import { rewriteSidecars } from './rewrite-sidecars.ts';

/** What was repaired without Instagram. */
export interface RepairCounts {
  /** Rows with an outdated path whose file was found in the media folder. */
  readonly relinked: number;
  /** Rows of the Python program whose Instagram id was restored. */
  readonly identified: number;
  /** Rows that were rebuilt from sidecars and files. */
  readonly rebuilt: number;
  /** Missing sidecars that were written. */
  readonly described: number;
  /** Incomplete files that were removed. */
  readonly cleared: number;
}

/** Repairs what can be repaired without Instagram. Only while no run is in progress. */
export async function repairLibrary(options: RepairOptions): Promise<RepairCounts> {
  return {
    relinked: await relinkRows(options),
    identified: await restoreIds(options),
    rebuilt: await rebuildRows(options),
    described: await rewriteSidecars(options),
    cleared: (await clearPartials(options.stores.media)) + (await clearLeftovers(options)),
  };
}

async function clearPartials(store: FileStore): Promise<number> {
  let cleared = 0;
  for (const folder of WRITTEN_FOLDERS) cleared += await store.recover(folder, []);
  return cleared;
}
