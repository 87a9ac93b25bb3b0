import { expect, test } from 'vitest';
import { listMediaItems, type MediaFilter } from '../../src/catalogue/media-items.ts';
import { listUnfinished } from '../../src/catalogue/unfinished.ts';
import type { Database } from '../../src/db/open.ts';
import type { NewRow } from '../../src/db/schema.ts';
import { openStores } from '../../src/files/stores.ts';
import { createLibrary } from '../../src/library/library.ts';
import { mediaItem } from '../contract/database.ts';
import { eachDatabase } from '../support/databases.ts';

const day = (number: number): Date => new Date(Date.UTC(2024, 0, number));

/** Some that share a moment, some that were never posted, one of before 1970, and one that is not in use. */
const ROWS: readonly Partial<NewRow<'media_items'>>[] = [
  ...[5, 5, 5, 4, 3, 3, 2].map((number) => ({ last_posted_at: day(number) })),
  { last_posted_at: new Date('1969-07-20T20:17:00Z') },
  ...[1, 2, 3, 4].map(() => ({ last_posted_at: null })),
].map((row, index) => ({
  ...row,
  caption: index % 2 === 0 ? `Blue hour ${index}` : null,
  category: index % 3 === 0 ? 'memes' : 'instagram_backfill',
  mime_type: ['image/jpeg', 'video/mp4', 'image/png', null][index % 4] ?? null,
}));

async function fill({ query }: Database): Promise<void> {
  const rows = [...ROWS, { last_posted_at: day(6), is_active: false }].map(mediaItem);
  await query.insertInto('media_items').values(rows).execute();
}

/** All rows that a filter asks for, as the order is meant: by moment, those without one last, then by id. */
async function expected({ query }: Database, filter: Partial<MediaFilter>): Promise<string[]> {
  const rows = await query.selectFrom('media_items').selectAll().execute();
  return rows
    .filter((row) => row.is_active)
    .filter((row) => !filter.kind || row.mime_type?.startsWith(`${filter.kind}/`))
    .filter((row) => !filter.category || row.category === filter.category)
    .filter((row) => !filter.search || row.caption?.toLowerCase().includes(filter.search.toLowerCase()))
    .filter((row) => !filter.since || (row.last_posted_at !== null && row.last_posted_at >= filter.since))
    .filter((row) => !filter.until || (row.last_posted_at !== null && row.last_posted_at < filter.until))
    .toSorted(
      (a, b) =>
        (b.last_posted_at?.getTime() ?? Number.NEGATIVE_INFINITY) -
          (a.last_posted_at?.getTime() ?? Number.NEGATIVE_INFINITY) || (a.id < b.id ? 1 : -1),
    )
    .map(({ id }) => id);
}

async function pageByPage(db: Database, filter: Partial<MediaFilter>, limit: number): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const page = await listMediaItems(db, { ...filter, limit, after: seen.at(-1) });
    seen.push(...page.map(({ id }) => id));
    if (page.length < limit) return seen;
  }
}

const FILTERS: readonly Partial<MediaFilter>[] = [
  {},
  { kind: 'image' },
  { kind: 'video' },
  { category: 'memes' },
  { search: 'blue HOUR' },
  { since: day(3) },
  { until: day(5) },
  { since: day(3), until: day(5) },
  { kind: 'image', category: 'memes' },
  { kind: 'image', search: 'blue', until: day(5) },
  { category: 'memes', search: 'hour', since: day(1) },
  { category: 'nowhere' },
];

eachDatabase((databases) => {
  test.each(FILTERS)('%j lists everything once, with any page size', async (filter) => {
    const db = await databases.openMigrated();
    await fill(db);
    const all = await expected(db, filter);
    for (const limit of [1, 2, 3, 5, 8, 12, 100]) expect(await pageByPage(db, filter, limit)).toEqual(all);
  });

  test('unfinished items are listed with the depth of their posts in the feed', async () => {
    const { query, ...db } = await databases.openMigrated();
    const account = await query
      .insertInto('instagram_accounts')
      .values([1, 2].map((n) => ({ display_name: 'Studio', instagram_account_id: `1784140000000000${n}` })))
      .returning('id')
      .execute();
    const [ours = '', other = ''] = account.map(({ id }) => id);
    const { id: kept } = await query
      .insertInto('media_items')
      .values(mediaItem())
      .returning('id')
      .executeTakeFirstOrThrow();
    const post = (id: string, more: Partial<NewRow<'instagram_posts'>>): NewRow<'instagram_posts'> => ({
      instagram_media_id: id,
      account_id: ours,
      source: 'feed',
      media_type: 'IMAGE',
      ...more,
    });
    await query
      .insertInto('instagram_posts')
      .values([
        ...[6, 5, 5, 4, 3].map((number, index) => post(`${10 + index}`, { posted_at: day(number) })),
        post('20', { posted_at: day(4), source: 'stories' }),
        post('21', { posted_at: null }),
        post('22', { posted_at: day(9), account_id: other }),
      ])
      .execute();
    const failed = { failure: 'gone', failure_type: 'X', failure_count: 1, failed_at: day(9) };
    const item = (id: string, more: Partial<NewRow<'instagram_items'>>): NewRow<'instagram_items'> => ({
      instagram_media_id: id,
      post_id: id,
      position: 1,
      media_type: 'VIDEO',
      is_poster: false,
      failure_count: 0,
      ...more,
    });
    await query
      .insertInto('instagram_items')
      .values([
        item('10', { media_item_id: kept }),
        item('11', failed),
        item('12', failed),
        item('13', { media_item_id: kept, is_poster: true }),
        // Failed once, and is here; a still that is gone; nothing that was tried.
        item('14', { ...failed, media_item_id: kept }),
        item('15', { post_id: '14', is_poster: true }),
        item('20', failed),
        item('21', failed),
        item('22', failed),
      ])
      .execute();

    const found = await listUnfinished({ query, ...db }, ours, undefined);
    expect(new Map(found.map(({ item: { id }, post: { depth }, hasPoster }) => [id, [depth, hasPoster]]))).toEqual(
      new Map([
        ['11', [3, false]],
        ['12', [3, false]],
        ['13', [4, true]],
        ['20', [4, false]],
        ['21', [6, false]],
      ]),
    );
    const damaged = await listUnfinished({ query, ...db }, ours, new Set(['14', '10']));
    expect(damaged.map(({ item: { id }, post: { depth } }) => [id, depth])).toEqual([
      ['10', 1],
      ['14', 5],
    ]);
  });

  test('an id is known by its row, by its twin, or by a row of the Python program', async () => {
    const db = await databases.openMigrated();
    const { query } = db;
    const backfilled = { source_type: 'instagram_backfill' };
    await query
      .insertInto('media_items')
      .values(
        [
          { ...backfilled, instagram_media_id: '1', source_identifier: '1' },
          { ...backfilled, source_identifier: '2' },
          { source_type: 'local', source_identifier: '3' },
        ].map(mediaItem),
      )
      .execute();
    const { id } = await query.selectFrom('media_items').select('id').limit(1).executeTakeFirstOrThrow();
    await query
      .insertInto('instagram_posts')
      .values({ instagram_media_id: '4', source: 'feed', media_type: 'IMAGE' })
      .execute();
    const item = { post_id: '4', position: 1, media_type: 'VIDEO', is_poster: false };
    await query
      .insertInto('instagram_items')
      .values([
        { ...item, instagram_media_id: '4', media_item_id: id },
        { ...item, instagram_media_id: '5', media_item_id: id, is_poster: true },
        { ...item, instagram_media_id: '6' },
      ])
      .execute();
    const stores = await openStores({ mediaDir: '/nowhere' });
    const library = createLibrary({ db, stores, accountId: id, runId: id, now: () => new Date() });
    expect(await library.known(['1', '2', '3', '4', '5', '6', '7'])).toEqual(
      new Map([
        // None of their files is on the disk.
        ['1', { isStillOnly: false, onDisk: 'missing' }],
        ['2', { isStillOnly: false, onDisk: 'missing' }],
        ['4', { isStillOnly: false, onDisk: 'missing' }],
        ['5', { isStillOnly: true, onDisk: 'missing' }],
      ]),
    );
    expect(await library.known([])).toEqual(new Map());
  });
});
