import { expect, test } from 'vitest';
import { notePosts } from '../../src/catalogue/posts.ts';
import { openStores } from '../../src/files/stores.ts';
import { createLibrary } from '../../src/library/library.ts';
import type { Post } from '../../src/media/item.ts';
import { eachDatabase } from '../support/databases.ts';

/** More items on a page than a statement takes parameters: 32,766 on SQLite, 65,535 on PostgreSQL. */
const ITEMS = 70_000;

const posts: readonly Post[] = Array.from({ length: 100 }, (_, index) => ({
  id: String(18_000_000 + index),
  source: 'feed',
  mediaType: 'CAROUSEL_ALBUM',
  isAlbum: true,
  items: Array.from({ length: ITEMS / 100 }, (__, child) => ({
    id: `${17_000_000 + index}${child}`,
    postId: String(18_000_000 + index),
    position: child + 1,
    kind: 'image',
    mediaType: 'IMAGE',
  })),
}));

eachDatabase(({ openMigrated }) => {
  test('a page of very many items is recorded and looked up in several statements', { timeout: 120_000 }, async () => {
    const db = await openMigrated();
    const { id: accountId } = await db.query
      .insertInto('instagram_accounts')
      .values({ id: crypto.randomUUID(), display_name: 'a', instagram_account_id: '1' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await notePosts(db, posts, { accountId, now: new Date() });
    const stores = await openStores({ mediaDir: '/nowhere' });
    const library = createLibrary({ db, stores, accountId, runId: crypto.randomUUID(), now: () => new Date() });
    expect((await library.known(posts.flatMap(({ items }) => items.map(({ id }) => id)))).size).toBe(0);
    const { count } = await db.query
      .selectFrom('instagram_items')
      .select((row) => row.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBe(ITEMS);
  });
});
