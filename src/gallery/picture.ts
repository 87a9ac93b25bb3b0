import { type SqlBool, sql } from 'kysely';
import type { Database } from '../db/open.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import type { PostKind } from './filter.ts';
import { monthName } from './posts.ts';
import type { PostState } from './tiles.ts';

/** The library at a glance. */
export interface Picture {
  readonly posts: number;
  readonly files: number;
  readonly bytes: number;
  /** Absent where that cannot be known. */
  readonly freeBytes: number | undefined;
  readonly folder: string;
  /** Media items of other programs, which belong to no post. */
  readonly otherMedia: number;
  readonly states: Readonly<Record<PostState, number>>;
  /** A file that two posts share is counted for each of them. */
  readonly kinds: readonly {
    readonly kind: PostKind;
    readonly posts: number;
    readonly files: number;
    readonly bytes: number;
  }[];
  /** Oldest first; posts without a time are left out. */
  readonly months: readonly { readonly month: string; readonly posts: Readonly<Partial<Record<PostKind, number>>> }[];
  /** The most frequent ones of the newest posts. */
  readonly hashtags: readonly { readonly hashtag: string; readonly posts: number }[];
}

export async function takePicture(db: Database, storage: MediaStorage): Promise<Picture> {
  const [byMonth, states, sizes, media, hashtags, freeBytes] = await Promise.all([
    countByMonth(db),
    countByState(db),
    sizesByKind(db),
    countMedia(db),
    frequentHashtags(db),
    storage.freeBytes(),
  ]);
  const postsOf = (wanted: PostKind) =>
    byMonth.reduce((sum, { kind, posts }) => (kind === wanted ? sum + posts : sum), 0);
  const kinds = [...new Set(byMonth.map(({ kind }) => kind))].toSorted().map((kind) => {
    const { files = 0, bytes = 0 } = sizes.get(kind) ?? {};
    return { kind, posts: postsOf(kind), files, bytes };
  });
  return {
    posts: kinds.reduce((sum, { posts }) => sum + posts, 0),
    ...media,
    freeBytes,
    folder: storage.locate(''),
    states,
    kinds,
    months: monthsOf(byMonth),
    hashtags,
  };
}

interface MonthCount {
  readonly kind: PostKind;
  readonly month: string | undefined;
  readonly posts: number;
}

async function countByMonth({ query, dialect }: Database): Promise<MonthCount[]> {
  const rows = await query
    .selectFrom('instagram_posts')
    .select((row) => ['kind', dialect.monthOf(row.ref('posted_at')).as('month'), row.fn.countAll<number>().as('posts')])
    .groupBy(sql`1, 2`)
    .execute();
  return rows.map(({ kind, month, posts }) => ({ kind, month: monthName(month), posts: Number(posts) }));
}

function monthsOf(counts: readonly MonthCount[]): Picture['months'] {
  const months = new Map<string, Partial<Record<PostKind, number>>>();
  for (const { month, kind, posts } of counts) {
    if (month !== undefined) months.set(month, { ...months.get(month), [kind]: posts });
  }
  return [...months].map(([month, posts]) => ({ month, posts })).toSorted((a, b) => (a.month < b.month ? -1 : 1));
}

/** By the same rule as a post's tile has its state. */
async function countByState({ query }: Database): Promise<Record<PostState, number>> {
  const perPost = query.selectFrom('instagram_posts').select((row) =>
    row
      .selectFrom('instagram_items')
      .select(
        sql<PostState>`case
          when count(media_item_id) = 0 then 'missing'
          when count(media_item_id) < count(*) then 'partial'
          when count(case when is_poster then 1 end) > 0 then 'poster'
          else 'whole'
        end`.as('state'),
      )
      .whereRef('instagram_items.post_id', '=', 'instagram_posts.instagram_media_id')
      .as('state'),
  );
  const rows = await query
    .selectFrom(perPost.as('posts'))
    .select((row) => ['state', row.fn.countAll<number>().as('posts')])
    .groupBy('state')
    .execute();
  const states = { whole: 0, partial: 0, poster: 0, missing: 0 };
  for (const { state, posts } of rows) states[state ?? 'missing'] = Number(posts);
  return states;
}

async function sizesByKind({ query }: Database): Promise<Map<PostKind, { files: number; bytes: number }>> {
  const rows = await query
    .selectFrom('media_items')
    // In this order each of them is read in the order of an index.
    .crossJoin('instagram_items')
    .crossJoin('instagram_posts')
    .whereRef('instagram_items.media_item_id', '=', 'media_items.id')
    .whereRef('instagram_posts.instagram_media_id', '=', 'instagram_items.post_id')
    .select((row) => ['kind', row.fn.countAll<number>().as('files'), row.fn.sum<number>('file_size').as('bytes')])
    .groupBy('kind')
    .execute();
  return new Map(rows.map(({ kind, files, bytes }) => [kind, { files: Number(files), bytes: Number(bytes) }]));
}

/** Files of posts, each counted once, and media items that belong to none. */
async function countMedia({ query }: Database): Promise<Pick<Picture, 'files' | 'bytes' | 'otherMedia'>> {
  const media = query
    .selectFrom('media_items')
    .select((row) => [
      'is_active',
      'file_size',
      row
        .exists(
          row.selectFrom('instagram_items').select(sql`1`.as('one')).whereRef('media_item_id', '=', 'media_items.id'),
        )
        .as('isOfPost'),
    ]);
  const rows = await query
    .selectFrom(media.as('media'))
    .select((row) => [
      'isOfPost',
      row.fn.countAll<number>().as('files'),
      row.fn.sum<number>('file_size').as('bytes'),
      sql<number>`count(case when is_active then 1 end)`.as('active'),
    ])
    .groupBy('isOfPost')
    .execute();
  const own = rows.find(({ isOfPost }) => Boolean(isOfPost));
  const other = rows.find(({ isOfPost }) => !isOfPost);
  return { files: Number(own?.files ?? 0), bytes: Number(own?.bytes ?? 0), otherMedia: Number(other?.active ?? 0) };
}

const POSTS_LOOKED_AT = 2000;
const HASHTAGS_SHOWN = 30;
const HASHTAG = /#([\p{L}\p{N}_][\p{L}\p{N}\p{Mn}\p{Mc}_]*)/gu;

/** In how many of the newest posts with a caption each hashtag is, whatever its case; the spelling is the newest one. */
async function frequentHashtags({ query }: Database): Promise<Picture['hashtags']> {
  const rows = await query
    .selectFrom('instagram_posts')
    .select('caption')
    .where('caption', 'is not', null)
    .where(sql<SqlBool>`posted_at is not null`)
    .orderBy(sql`posted_at desc nulls last, instagram_media_id desc`)
    .limit(POSTS_LOOKED_AT)
    .execute();
  const found = new Map<string, { hashtag: string; posts: number }>();
  for (const { caption } of rows) {
    const own = new Map([...(caption ?? '').matchAll(HASHTAG)].map(([, tag = '']) => [tag.toLowerCase(), tag]));
    for (const [key, tag] of own) {
      const { hashtag = tag, posts = 0 } = found.get(key) ?? {};
      found.set(key, { hashtag, posts: posts + 1 });
    }
  }
  return [...found.values()].toSorted((a, b) => b.posts - a.posts).slice(0, HASHTAGS_SHOWN);
}
