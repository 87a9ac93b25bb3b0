import { sql } from 'kysely';
import type { Database } from '../db/open.ts';

/**
 * Counts posts of an account that were complete and have lost files on disk since a moment. `partial`: some of their
 * files are missing. `missing`: all of them are.
 */
export async function countPostsWithLostFiles(
  { query }: Database,
  { account, since }: { account: string; since: Date },
): Promise<{ readonly partial: number; readonly missing: number }> {
  const lost = query
    .selectFrom('media_file_states')
    .innerJoin('instagram_items', 'instagram_items.media_item_id', 'media_file_states.media_item_id')
    .innerJoin('instagram_posts', 'instagram_posts.instagram_media_id', 'instagram_items.post_id')
    .select(['instagram_items.post_id', sql<number>`count(*)`.as('files')])
    .where('state', '=', 'missing')
    .where('noted_at', '>', since)
    .where('instagram_posts.account_id', '=', account)
    .groupBy('instagram_items.post_id');
  const posts = await query
    .selectFrom(lost.as('lost'))
    .innerJoin('instagram_items', 'instagram_items.post_id', 'lost.post_id')
    .select([
      'lost.files',
      sql<number>`count(*)`.as('items'),
      sql<number>`count(case when media_item_id is not null and not is_poster then 1 end)`.as('kept'),
    ])
    .groupBy(['lost.post_id', 'lost.files'])
    .execute();
  const wasWhole = posts.filter(({ items, kept }) => Number(items) === Number(kept));
  const missing = wasWhole.filter(({ files, items }) => Number(files) >= Number(items)).length;
  return { partial: wasWhole.length - missing, missing };
}
