import { sql } from 'kysely';
import type { Database } from '../db/open.ts';

/**
 * How many posts of an account, otherwise complete, lost files from disk after a moment: some of their files, or all.
 */
export async function countGonePosts(
  { query }: Database,
  { account, since }: { account: string; since: Date },
): Promise<{ readonly partial: number; readonly missing: number }> {
  const gone = query
    .selectFrom('media_file_states')
    .innerJoin('instagram_items', 'instagram_items.media_item_id', 'media_file_states.media_item_id')
    .innerJoin('instagram_posts', 'instagram_posts.instagram_media_id', 'instagram_items.post_id')
    .select(['instagram_items.post_id', sql<number>`count(*)`.as('files')])
    .where('state', '=', 'missing')
    .where('noted_at', '>', since)
    .where('instagram_posts.account_id', '=', account)
    .groupBy('instagram_items.post_id');
  const posts = await query
    .selectFrom(gone.as('gone'))
    .innerJoin('instagram_items', 'instagram_items.post_id', 'gone.post_id')
    .select([
      'gone.files',
      sql<number>`count(*)`.as('items'),
      sql<number>`count(case when media_item_id is not null and not is_poster then 1 end)`.as('kept'),
    ])
    .groupBy(['gone.post_id', 'gone.files'])
    .execute();
  const whole = posts.filter(({ items, kept }) => Number(items) === Number(kept));
  const missing = whole.filter(({ files, items }) => Number(files) >= Number(items)).length;
  return { partial: whole.length - missing, missing };
}
