import type { Database } from '../db/open.ts';

/** The number of known posts of each account, by the account's id. */
export async function countPosts({ query }: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await query
    .selectFrom('instagram_posts')
    .select((row) => ['account_id', row.fn.countAll<number>().as('posts')])
    .groupBy('account_id')
    .execute();
  return new Map(rows.flatMap(({ account_id, posts }) => (account_id === null ? [] : [[account_id, Number(posts)]])));
}
