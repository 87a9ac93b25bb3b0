import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../db/open.ts';
import { conditionsOf, type PostFilter } from './filter.ts';
import type { Measures } from './measure.ts';
import { type PostTile, tilesOf } from './tiles.ts';

/** `newest`: latest posted first. `likes`: most liked first. What has no such value comes last, equals by their ids. */
export type PostOrder = 'newest' | 'likes';

const COLUMNS = { newest: 'posted_at', likes: 'like_count' } as const;

const passing = (db: Database, filter: PostFilter, order: PostOrder = 'newest') =>
  db.query
    .selectFrom('instagram_posts')
    .where((row) => row.and(conditionsOf(db, filter, { isInOrderOfLikes: order === 'likes' })));

const inOrder = (order: PostOrder) => sql`${sql.ref(COLUMNS[order])} desc nulls last, instagram_media_id desc`;
/** From the end; an index is read backwards for it. */
const reversed = (order: PostOrder) => sql`${sql.ref(COLUMNS[order])} asc nulls first, instagram_media_id asc`;

export interface Months {
  readonly posts: number;
  /** Newest first, those without a time last. */
  readonly months: readonly { readonly month: string | undefined; readonly posts: number }[];
}

/** How many posts pass a filter, month by month (UTC). */
export async function listMonths(db: Database, filter: PostFilter): Promise<Months> {
  const rows = await passing(db, filter)
    .select((row) => [db.dialect.monthOf(row.ref('posted_at')).as('month'), row.fn.countAll<number>().as('posts')])
    .groupBy(sql`1`)
    .execute();
  const months = rows
    .map(({ month, posts }) => ({ month: monthName(month), posts: Number(posts) }))
    .toSorted((a, b) => (b.month ?? '').localeCompare(a.month ?? ''));
  return { posts: months.reduce((sum, { posts }) => sum + posts, 0), months };
}

export const monthName = (month: Date | string | null): string | undefined =>
  month instanceof Date ? month.toISOString().slice(0, 7) : (month ?? undefined);

interface PageOptions {
  readonly filter: PostFilter;
  readonly order: PostOrder;
  /** `2025-01`; `none` for those without a time; absent for all. */
  readonly month?: string | undefined;
  readonly offset: number;
  readonly limit: number;
  readonly measures: Measures;
}

/** A page of the posts that pass a filter, and how many there are, by a number of queries that does not grow with it. */
export async function listPosts(
  db: Database,
  { filter, order, month, offset, limit, measures }: PageOptions,
): Promise<{ total: number; posts: PostTile[] }> {
  const isAsked = month === undefined ? sql<SqlBool>`true` : isOf(month);
  const { total } = await passing(db, filter)
    .where(isAsked)
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await passing(db, filter, order)
    .where(isAsked)
    .select(['instagram_media_id', 'kind', 'posted_at', 'item_count', 'like_count', 'caption'])
    .orderBy(inOrder(order))
    .limit(limit)
    .offset(offset)
    .execute();
  return { total: Number(total), posts: await tilesOf(db, rows, measures) };
}

function isOf(month: string): RawBuilder<SqlBool> {
  if (month === 'none') return sql`posted_at is null`;
  const first = new Date(`${month}-01T00:00:00Z`);
  const next = new Date(first);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return sql`posted_at >= ${first} and posted_at < ${next}`;
}

export interface Neighbours {
  /** The post before it in the order that is asked for. */
  readonly newer: string | undefined;
  /** The one after it. */
  readonly older: string | undefined;
}

/** The posts beside one, of those that pass a filter, which it need not pass itself. Nothing where there is no such post. */
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
  const value = post[column] ?? undefined;

  const first = async (place: RawBuilder<SqlBool>, by: typeof inOrder) => {
    const found = await passing(db, filter, order)
      .select('instagram_media_id')
      .where(place)
      .orderBy(by(order))
      .limit(1)
      .executeTakeFirst();
    return found?.instagram_media_id;
  };
  const key = sql.ref(column);
  if (value === undefined) {
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
