import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { noteFileStates } from '../../src/catalogue/file-states.ts';
import { loadIntervals, saveProof } from '../../src/catalogue/intervals.ts';
import { listUnfinished } from '../../src/catalogue/unfinished.ts';
import type { Database } from '../../src/db/open.ts';
import { openStores } from '../../src/files/stores.ts';
import { chunks } from '../../src/lib/chunks.ts';
import { createLibrary } from '../../src/library/library.ts';
import { eachDatabase } from '../support/databases.ts';

/** More than a statement takes parameters: 32,766 on SQLite, 65,535 on PostgreSQL. */
const COUNTS = { sqlite: 40_000, postgres: 70_000 };
const FIRST = 18_000_000_000_000_000n;
const idsOf = (count: number) => Array.from({ length: count }, (_, index) => String(FIRST + BigInt(index + 1)));

/** An account with so many posts of one picture each, all in the library, none on the disk. */
async function fill({ query, dialect }: Database, count: number): Promise<string> {
  const { id } = await query
    .insertInto('instagram_accounts')
    .values({ display_name: 'Studio', instagram_account_id: '17841400000000001' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const numbers =
    dialect.kind === 'postgres'
      ? sql`select n from generate_series(1, ${count}::int) as n`
      : sql`with recursive counted (n) as (select 1 union all select n + 1 from counted where n < ${count}) select n from counted`;
  const first = sql.raw(FIRST.toString());
  const uuid =
    dialect.kind === 'postgres'
      ? sql`('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid`
      : sql`('00000000-0000-4000-8000-' || printf('%012d', n))`;
  const instagramId = sql`cast(${first} + n as text)`;
  await sql`insert into media_items (id, file_path, file_name, file_size, file_hash, source_type, source_identifier, instagram_media_id)
    select ${uuid}, '/nowhere/' || n, 'x', 1, 'h', 'instagram_backfill', ${instagramId}, ${instagramId} from (${numbers}) as numbers`.execute(
    query,
  );
  await sql`insert into instagram_posts (instagram_media_id, account_id, source, media_type, posted_at)
    select ${instagramId}, ${id}, 'feed', 'IMAGE', ${new Date('2026-01-01T00:00:00Z')} from (${numbers}) as numbers`.execute(
    query,
  );
  await sql`insert into instagram_items (instagram_media_id, post_id, position, media_type, media_item_id)
    select ${instagramId}, ${instagramId}, 1, 'IMAGE', ${uuid} from (${numbers}) as numbers`.execute(query);
  return id;
}

eachDatabase((databases) => {
  const count = COUNTS[databases.kind];
  const ids = idsOf(count);

  test('more ids than fit into a statement are looked up', async () => {
    const db = await databases.openMigrated();
    const accountId = await fill(db, count);
    const stores = await openStores({ mediaDir: '/nowhere' });
    const options = { db, stores, accountId, runId: accountId, now: () => new Date() };

    const library = createLibrary(options);
    const known = await library.known(ids);
    expect([known.size, [...known.values()].every(({ onDisk }) => onDisk === 'missing')]).toEqual([count, true]);

    const damaged = await listUnfinished(db, accountId, new Set(ids));
    expect([damaged.length, damaged[0]?.post.depth]).toEqual([count, count]);
    expect(await library.unfinished()).toHaveLength(count);

    const states = new Map(ids.map((_, index) => [mediaId(index + 1), undefined]));
    await noteFileStates(db, states);
    expect(await library.unfinished()).toEqual([]);
  }, 120_000);

  test('more proven intervals than fit into a statement are stored', async () => {
    const db = await databases.openMigrated();
    const { id } = await db.query
      .insertInto('instagram_accounts')
      .values({ display_name: 'Studio', instagram_account_id: '17841400000000001' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const complete = Array.from({ length: 20_000 }, (_, index) => {
      const moment = new Date(Date.UTC(2026, 0, 1) - index * 10_000);
      return { newest: moment, oldest: moment };
    });
    await saveProof(db, id, { complete, holes: [] });
    expect(await loadIntervals(db, id)).toHaveLength(20_000);
  }, 120_000);
});

const mediaId = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

test('a list is split into chunks, in its order', () => {
  expect([...chunks([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
  expect([...chunks([], 2)]).toEqual([]);
});
