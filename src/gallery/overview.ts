import { type SqlBool, sql } from 'kysely';
import { fileOverview } from '../catalogue/file-states.ts';
import type { Database } from '../db/open.ts';
import type { FileStore } from '../files/file-store.ts';
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
  /** What is known of the files on disk, and since when. */
  readonly disk: Awaited<ReturnType<typeof fileOverview>>;
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

export async function takePicture(db: Database, store: FileStore): Promise<Picture> {
  const [byMonth, states, sizes, twins, hashtags, freeBytes, disk] = await Promise.all([
    countByMonth(db),
    countByState(db),
    sizesByKind(db),
    measureTwins(db),
    frequentHashtags(db),
    store.freeBytes?.(),
    fileOverview(db),
  ]);
  const total = <T>(counts: readonly T[], of: (count: T) => number) => counts.reduce((sum, one) => sum + of(one), 0);
  const kinds = [...new Set(byMonth.map(({ kind }) => kind))].toSorted().map((kind) => {
    const own = byMonth.filter((month) => month.kind === kind);
    const { files = 0, bytes = 0 } = sizes.kinds.get(kind) ?? {};
    return { kind, posts: total(own, ({ posts }) => posts), files, bytes };
  });
  const posts = total(kinds, (kind) => kind.posts);
  return {
    posts,
    files: total(kinds, ({ files }) => files) - twins.files,
    bytes: total(kinds, ({ bytes }) => bytes) - twins.bytes,
    freeBytes,
    folder: store.root,
    otherMedia: sizes.otherMedia,
    // Posts of which no item is known are in none of the states that items tell.
    states: { ...states, missing: posts - states.whole - states.partial - states.poster },
    kinds,
    months: monthsOf(byMonth),
    hashtags,
    disk,
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
async function countByState({ query }: Database): Promise<Omit<Record<PostState, number>, 'missing'>> {
  const gone = query.selectFrom('media_file_states').select('media_item_id').where('state', '=', 'missing');
  // Of an item whose file is on disk, as far as is known.
  const there = sql`media_item_id is not null and media_item_id not in ${gone}`;
  const perPost = query
    .selectFrom('instagram_items')
    .select(
      sql<PostState>`case
        when count(case when ${there} then 1 end) = 0 then 'missing'
        when count(case when ${there} then 1 end) < count(*) then 'partial'
        when count(case when is_poster then 1 end) > 0 then 'poster'
        else 'whole'
      end`.as('state'),
    )
    .groupBy('post_id');
  const rows = await query
    .selectFrom(perPost.as('posts'))
    .select((row) => ['state', row.fn.countAll<number>().as('posts')])
    .groupBy('state')
    .execute();
  const of = (wanted: PostState) => Number(rows.find(({ state }) => state === wanted)?.posts ?? 0);
  return { whole: of('whole'), partial: of('partial'), poster: of('poster') };
}

interface Sizes {
  readonly kinds: ReadonlyMap<PostKind, { files: number; bytes: number }>;
  readonly otherMedia: number;
}

/** One walk through the media items, in the order of their ids; what no item has is of other programs. */
async function sizesByKind({ query }: Database): Promise<Sizes> {
  const rows = await query
    // Looked up in memory: in the posts' own table it takes four times as long.
    .with(
      (name) => name('kinds').materialized(),
      (own) => own.selectFrom('instagram_posts').select(['instagram_media_id', 'kind']),
    )
    .selectFrom('media_items')
    .leftJoin('instagram_items', 'instagram_items.media_item_id', 'media_items.id')
    .leftJoin('kinds', 'kinds.instagram_media_id', 'instagram_items.post_id')
    .select((row) => [
      'kinds.kind',
      row.fn.countAll<number>().as('files'),
      row.fn.sum<number>('file_size').as('bytes'),
      sql<number>`count(case when is_active then 1 end)`.as('active'),
    ])
    .groupBy('kinds.kind')
    .execute();
  const other = rows.find(({ kind }) => kind === null);
  const kinds = rows.flatMap(({ kind, files, bytes }) =>
    kind === null ? [] : [[kind, { files: Number(files), bytes: Number(bytes) }] as const],
  );
  return { kinds: new Map(kinds), otherMedia: Number(other?.active ?? 0) };
}

/** What is counted more than once where items share a file. */
async function measureTwins({ query }: Database): Promise<{ files: number; bytes: number }> {
  const shared = query
    .selectFrom('instagram_items')
    .select(['media_item_id', sql<number>`count(*) - 1`.as('more')])
    .where('media_item_id', 'is not', null)
    .groupBy('media_item_id')
    .having(sql`count(*)`, '>', 1);
  const { files, bytes } = await query
    .selectFrom(shared.as('shared'))
    .innerJoin('media_items', 'media_items.id', 'shared.media_item_id')
    .select([sql<number>`sum(more)`.as('files'), sql<number>`sum(more * file_size)`.as('bytes')])
    .executeTakeFirstOrThrow();
  return { files: Number(files ?? 0), bytes: Number(bytes ?? 0) };
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
