import type { Library } from '../backfill/ports.ts';
import type { Database } from '../db/open.ts';

interface Options {
  db: Database;
  /** Our id. */
  accountId: string;
  now: () => Date;
}

/** How many posts of an account Instagram lists, and how many of the library's posts it no longer lists. */
export function createFeedCounts({
  db: { query },
  accountId,
  now,
}: Options): Pick<Library, 'countUnlisted' | 'lastCount' | 'noteCount'> {
  const began = now();
  return {
    async countUnlisted() {
      const { count } = await query
        .selectFrom('instagram_posts as post')
        .select((row) => row.fn.countAll<number>().as('count'))
        .where('post.account_id', '=', accountId)
        .where('post.source', '=', 'feed')
        .where('post.last_seen_at', '<', began)
        .where((row) =>
          row.exists(
            row
              .selectFrom('instagram_items as item')
              .select('item.instagram_media_id')
              .whereRef('item.post_id', '=', 'post.instagram_media_id')
              .where('item.media_item_id', 'is not', null),
          ),
        )
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    lastCount: () =>
      query
        .selectFrom('feed_counts')
        .select(['reported', 'listed'])
        .where('account_id', '=', accountId)
        .executeTakeFirst(),

    async noteCount(count) {
      const noted = { ...count, counted_at: now() };
      await query
        .insertInto('feed_counts')
        .values({ account_id: accountId, ...noted })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet(noted))
        .execute();
    },
  };
}
