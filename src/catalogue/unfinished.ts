import { type Kysely, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { Unfinished } from '../backfill/ports.ts';
import type { Database } from '../db/open.ts';
import type { Schema } from '../db/schema.ts';
import { chunks } from '../lib/chunks.ts';
import type { Item, MediaId } from '../media/item.ts';

const KINDS: Readonly<Record<string, Item['kind']>> = { IMAGE: 'image', VIDEO: 'video', CAROUSEL_ALBUM: 'image' };

/** `hasRow`: it is in the library, though its file may be gone. */
type Listed = Unfinished & { readonly hasRow: boolean };

/** Ids in one statement: below SQLite's limit of 32,766 parameters. The feed is gone through once for each statement. */
const IDS_PER_STATEMENT = 5000;

/**
 * The account's items that failed, those whose files are known to be missing, and videos of which only the still is kept;
 * or just these items. Newest first.
 */
export async function listUnfinished(
  { query }: Database,
  accountId: string,
  asked: ReadonlySet<MediaId> | undefined,
): Promise<Listed[]> {
  if (!asked) return listThose(query, accountId, undefined);
  const found: Listed[] = [];
  for (const ids of chunks([...asked], IDS_PER_STATEMENT)) found.push(...(await listThose(query, accountId, ids)));
  return found.toSorted(newestFirst);
}

function newestFirst(a: Listed, b: Listed): number {
  const moment = ({ item }: Listed) => item.postedAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const [one, other] = [moment(a), moment(b)];
  if (one !== other) return one > other ? -1 : 1;
  if (a.post.id !== b.post.id) return a.post.id < b.post.id ? -1 : 1;
  return a.item.position - b.item.position;
}

async function listThose(
  query: Kysely<Schema>,
  accountId: string,
  ids: readonly MediaId[] | undefined,
): Promise<Listed[]> {
  const asked = query
    .selectFrom('instagram_items as item')
    .innerJoin('instagram_posts as post', 'post.instagram_media_id', 'item.post_id')
    // In this form no index serves it: the few items are looked for first, and not all posts of the account.
    .where(sql<SqlBool>`(post.account_id = ${accountId}) = true`)
    .where('item.instagram_media_id', 'in', ids ?? idsOfUnfinished(query));
  const rows = await asked
    .select([
      'item.instagram_media_id as id',
      'item.position',
      'item.media_type',
      'item.media_item_id',
      'item.is_poster',
      'post.instagram_media_id as post_id',
      'post.source',
      'post.posted_at',
      'post.caption',
    ])
    .orderBy('post.posted_at', 'desc')
    .orderBy('post.instagram_media_id')
    .orderBy('item.position')
    .execute();
  const depths = await depthsOf(query, accountId, asked.select('post.posted_at').distinct());
  return rows.map((row) => ({
    item: {
      id: row.id,
      postId: row.post_id,
      position: row.position,
      kind: KINDS[row.media_type] ?? 'unsupported',
      mediaType: row.media_type,
      ...(row.posted_at ? { postedAt: row.posted_at } : {}),
      ...(row.caption ? { caption: row.caption } : {}),
    },
    post: { id: row.post_id, source: row.source, depth: depths.get(row.posted_at?.getTime()) ?? 0 },
    hasPoster: !ids && row.is_poster && row.media_item_id !== null,
    hasRow: row.media_item_id !== null,
  }));
}

/**
 * Each part by an index of its own, which knows just these. In this form nothing is looked for by `media_item_id`, by which
 * SQLite would go through nearly all items.
 */
const idsOfUnfinished = (query: Kysely<Schema>) =>
  query
    .selectFrom('instagram_items')
    .select('instagram_media_id')
    .where('failed_at', 'is not', null)
    .where(sql<SqlBool>`(media_item_id is null) = true`)
    .unionAll(
      query
        .selectFrom('instagram_items')
        .select('instagram_media_id')
        // Not `= true` by a parameter: SQLite would not see that the index holds just these.
        .where(sql<SqlBool>`is_poster`)
        .where(sql<SqlBool>`(media_item_id is not null) = true`),
    )
    .unionAll(
      query
        .selectFrom('media_file_states as noted')
        .innerJoin('instagram_items as lost', 'lost.media_item_id', 'noted.media_item_id')
        .select('lost.instagram_media_id')
        .where('noted.state', '=', 'missing'),
    );

/** Later than every post. */
const LATEST = new Date('9999-12-31T00:00:00Z');

/**
 * How many of the account's posts in its feed are as new as each of these moments, or newer; of a post without a moment,
 * all of them. Counted from one moment to the next, so that the feed is gone through once, however many are asked for.
 */
async function depthsOf(
  query: Kysely<Schema>,
  accountId: string,
  moments: SelectQueryBuilder<Schema, never, { posted_at: Date | null }>,
): Promise<Map<number | undefined, number>> {
  const { rows } = await sql<{ posted_at: Date | null; depth: number }>`
    with asked as ${moments},
    stretch as (select posted_at, lag(posted_at) over (order by posted_at desc nulls last) as before from asked),
    counted as (
      select posted_at, (
        select count(*) from instagram_posts as newer
        where newer.account_id = ${accountId} and newer.source = 'feed'
          and newer.posted_at >= stretch.posted_at and newer.posted_at < coalesce(stretch.before, ${LATEST})
      ) as posts from stretch where posted_at is not null
    )
    select posted_at, sum(posts) over (order by posted_at desc) as depth from counted
    union all
    select null, (
      select count(*) from instagram_posts as post where post.account_id = ${accountId} and post.source = 'feed'
    ) from asked where posted_at is null`.execute(query);
  return new Map(rows.map(({ posted_at, depth }) => [posted_at?.getTime(), Number(depth)]));
}
