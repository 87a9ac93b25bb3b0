import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Months, Neighbours, PostFilter, Posts } from '../contract/posts.ts';
import type { PostOrder } from '../contract/values.ts';
import type { Database } from '../db/open.ts';
import { conditionsOf } from './filter.ts';
import type { Measures } from './measure.ts';
import { postTiles } from './post-tiles.ts';

/** Posts without a value come last; equal values are ordered by the posts' ids. */
const COLUMNS = { newest: 'posted_at', likes: 'like_count' } as const;

const matching = (db: Database, filter: PostFilter, order: PostOrder = 'newest') =>
  db.query
    .selectFrom('instagram_posts')
    .where((row) => row.and(conditionsOf(db, filter, { isInOrderOfLikes: order === 'likes' })));

const inOrder = (order: PostOrder) => sql`${sql.ref(COLUMNS[order])} desc nulls last, instagram_media_id desc`;
/** The exact reverse, so that the database can read the same index backwards. */
const reversed = (order: PostOrder) => sql`${sql.ref(COLUMNS[order])} asc nulls first, instagram_media_id asc`;

/** The number of posts that match a filter, by month in UTC. */
export async function listMonths(db: Database, filter: PostFilter): Promise<Months> {
  const rows = await matching(db, filter)
    .select((row) => [db.dialect.monthOf(row.ref('posted_at')).as('month'), row.fn.countAll<number>().as('posts')])
    .groupBy(sql`1`)
    .execute();
  const months = rows
    .map(({ month, posts }) => ({ month: monthName(month), posts: Number(posts) }))
    .toSorted((a, b) => (b.month ?? '').localeCompare(a.month ?? ''));
  return { posts: months.reduce((sum, { posts }) => sum + posts, 0), months };
}

/** `2025-01`. */
export const monthName = (month: Date | string | null): string | null =>
  month instanceof Date ? month.toISOString().slice(0, 7) : month;

interface PageOptions {
  readonly filter: PostFilter;
  readonly order: PostOrder;
  /** `2025-01`; `none` for posts without a time; undefined for all. */
  readonly month?: string | undefined;
  readonly offset: number;
  readonly limit: number;
  readonly measures: Measures;
}

/** A page of the posts that match a filter, and their total. The number of queries does not depend on the page's size. */
export async function listPosts(
  db: Database,
  { filter, order, month, offset, limit, measures }: PageOptions,
): Promise<Posts> {
  const isInMonth = month === undefined ? sql<SqlBool>`true` : postedIn(month);
  const { total } = await matching(db, filter)
    .where(isInMonth)
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await matching(db, filter, order)
    .where(isInMonth)
    .select(['instagram_media_id', 'kind', 'posted_at', 'item_count', 'like_count', 'caption'])
    .orderBy(inOrder(order))
    .limit(limit)
    .offset(offset)
    .execute();
  return { total: Number(total), posts: await postTiles(db, rows, measures) };
}

function postedIn(month: string): RawBuilder<SqlBool> {
  if (month === 'none') return sql`posted_at is null`;
  const first = new Date(`${month}-01T00:00:00Z`);
  const next = new Date(first);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return sql`posted_at >= ${first} and posted_at < ${next}`;
}

/**
 * The posts next to a post, among those that match a filter. The post itself need not match. Undefined if there is no
 * such post.
 */
export async function findNeighbours(
  db: Database,
  id: string,
  { filter, order }: { filter: PostFilter; order: PostOrder },
): Promise<Neighbours | undefined> {
  const column = COLUMNS[order];
  const post = await db.query
    .selectFrom('instagram_posts')
    .select(column)
    .where('instagram_media_id', '=', id)
    .executeTakeFirst();
  if (!post) return undefined;
  const value = post[column] ?? null;

  const first = async (condition: RawBuilder<SqlBool>, by: typeof inOrder) => {
    const found = await matching(db, filter, order)
      .select('instagram_media_id')
      .where(condition)
      .orderBy(by(order))
      .limit(1)
      .executeTakeFirst();
    return found?.instagram_media_id ?? null;
  };
  const key = sql.ref(column);
  if (value === null) {
    return {
      newer:
        (await first(sql`${key} is null and instagram_media_id > ${id}`, reversed)) ??
        (await first(sql`${key} is not null`, reversed)),
      older: await first(sql`${key} is null and instagram_media_id < ${id}`, inOrder),
    };
  }
  return {
    newer: await first(sql`(${key}, instagram_media_id) > (${value}, ${id})`, reversed),
    older:
      (await first(sql`(${key}, instagram_media_id) < (${value}, ${id})`, inOrder)) ??
      (await first(sql`${key} is null`, inOrder)),
  };
}
