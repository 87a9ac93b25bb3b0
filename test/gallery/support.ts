import { randomUUID } from 'node:crypto';
import { notePosts } from '../../src/catalogue/posts.ts';
import type { PostFilter } from '../../src/contract/posts.ts';
import type { Database } from '../../src/db/open.ts';
import type { Measures } from '../../src/gallery/measure.ts';
import { listMonths, listPosts } from '../../src/gallery/posts.ts';
import type { Post } from '../../src/media/item.ts';
import { idOf } from '../support/posts.ts';

/** For posts without files, which have no measures. */
export const measures: Measures = { of: async () => new Map() };

export async function addAccount(db: Database, name = 'one'): Promise<string> {
  const id = randomUUID();
  await db.query
    .insertInto('instagram_accounts')
    .values({ id, display_name: name, instagram_username: name, instagram_account_id: `17841${name}`, is_active: true })
    .execute();
  return id;
}

/** A listed post of a day in January 2026. */
export const post = (day: number, more: Partial<Post> = {}): Post => ({
  id: idOf(day),
  source: 'feed',
  mediaType: 'IMAGE',
  isAlbum: false,
  postedAt: new Date(Date.UTC(2026, 0, day, 12)),
  items: [{ id: idOf(day), postId: idOf(day), position: 1, kind: 'image', mediaType: 'IMAGE' }],
  ...more,
});

/** Stores posts as a run does. */
export const note = (db: Database, accountId: string, posts: readonly Post[]) =>
  notePosts(db, posts, { accountId, now: new Date('2026-03-01T00:00:00Z') });

/** The days of the posts that match a filter, in order. */
export async function found(db: Database, filter: PostFilter, order: 'newest' | 'likes' = 'newest'): Promise<number[]> {
  const { total, posts } = await listPosts(db, { filter, order, offset: 0, limit: 1000, measures });
  const months = await listMonths(db, filter);
  if (total !== posts.length || months.posts !== total) throw new Error('the counts do not agree with the list');
  return posts.map(({ id }) => Number(id.slice(-5)));
}
