import { type SqlBool, sql } from 'kysely';
import type { LibraryOverview } from '../contract/library.ts';
import type { Database } from '../db/open.ts';

const NEWEST_POSTS = 2000;
const MOST_HASHTAGS = 30;
const HASHTAG = /#([\p{L}\p{N}_][\p{L}\p{N}\p{Mn}\p{Mc}_]*)/gu;

/** The most frequent hashtags of the newest posts. Case is ignored; each is spelled as in its newest post. */
export async function frequentHashtags({ query }: Database): Promise<LibraryOverview['hashtags']> {
  const rows = await query
    .selectFrom('instagram_posts')
    .select('caption')
    .where('caption', 'is not', null)
    .where(sql<SqlBool>`posted_at is not null`)
    .orderBy(sql`posted_at desc nulls last, instagram_media_id desc`)
    .limit(NEWEST_POSTS)
    .execute();
  const found = new Map<string, { hashtag: string; posts: number }>();
  for (const { caption } of rows) {
    const own = new Map([...(caption ?? '').matchAll(HASHTAG)].map(([, tag = '']) => [tag.toLowerCase(), tag]));
    for (const [key, tag] of own) {
      const { hashtag = tag, posts = 0 } = found.get(key) ?? {};
      found.set(key, { hashtag, posts: posts + 1 });
    }
  }
  return [...found.values()].toSorted((a, b) => b.posts - a.posts).slice(0, MOST_HASHTAGS);
}
