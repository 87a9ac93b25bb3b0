import { basename } from 'node:path';
import type { Database } from '../../db/open.ts';
import { PAGE, rowPages } from '../pages.ts';
import { SIDECAR_FOLDER } from '../paths.ts';
import { writeSidecars } from '../sidecars.ts';
import type { RepairOptions } from './options.ts';

/** Writes missing sidecars again. Returns how many. */
export async function rewriteSidecars({ db, stores: { media } }: RepairOptions): Promise<number> {
  const { query } = db;
  const existing = new Set<string>();
  for await (const { name } of media.list(SIDECAR_FOLDER)) existing.add(basename(name, '.json'));
  for await (const posts of rowPages((after) => describedPosts(db, after))) {
    const missing = posts.map(({ id }) => id).filter((id) => !existing.has(id));
    if (missing.length === 0) continue;
    await query
      .updateTable('instagram_posts')
      .set({ sidecar_revision: 0 })
      .where('instagram_media_id', 'in', missing)
      .execute();
  }
  let written = 0;
  for (const { id: accountId } of await query.selectFrom('instagram_accounts').select('id').execute()) {
    written += await writeSidecars({ db, store: media, accountId });
  }
  return written;
}

/** Posts whose sidecars were written. */
const describedPosts = ({ query }: Database, after = ''): Promise<{ id: string }[]> =>
  query
    .selectFrom('instagram_posts')
    .select('instagram_media_id as id')
    .where('sidecar_revision', '>', 0)
    .where('instagram_media_id', '>', after)
    .orderBy('instagram_media_id')
    .limit(PAGE)
    .execute();
