import { sql } from 'kysely';
import { fileOverview } from '../catalogue/file-states.ts';
import type { LibraryOverview } from '../contract/library.ts';
import type { PostKind } from '../contract/values.ts';
import type { Database } from '../db/open.ts';
import type { FileStore } from '../files/file-store.ts';
import { frequentHashtags } from './hashtags.ts';
import { monthName } from './posts.ts';

export async function libraryOverview(db: Database, store: FileStore): Promise<LibraryOverview> {
  const [byMonth, states, sizes, twins, hashtags, freeBytes, disk] = await Promise.all([
    countByMonth(db),
    countByState(db),
    sizesByKind(db),
    countTwins(db),
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
    freeBytes: freeBytes ?? null,
    folder: store.root,
    otherMedia: sizes.otherMedia,
    // `states` counts items: posts without known items are in none of them.
    states: { ...states, missing: posts - states.whole - states.partial - states.poster },
    kinds,
    months: monthsOf(byMonth),
    hashtags,
    disk: { missing: disk.missing, altered: disk.altered, lastCheck: lastCheckOf(disk) },
  };
}

function lastCheckOf({
  checks: [last],
}: Awaited<ReturnType<typeof fileOverview>>): LibraryOverview['disk']['lastCheck'] {
  return last ? { kind: last.kind, at: last.checkedAt.toISOString(), files: last.files } : null;
}

type State = keyof LibraryOverview['states'];

interface MonthCount {
  readonly kind: PostKind;
  readonly month: string | null;
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

function monthsOf(counts: readonly MonthCount[]): LibraryOverview['months'] {
  const months = new Map<string, Partial<Record<PostKind, number>>>();
  for (const { month, kind, posts } of counts) {
    if (month !== null) months.set(month, { ...months.get(month), [kind]: posts });
  }
  return [...months].map(([month, posts]) => ({ month, posts })).toSorted((a, b) => (a.month < b.month ? -1 : 1));
}

/** Follows the same rule as the state of a post's tile. */
async function countByState({ query }: Database): Promise<Omit<Record<State, number>, 'missing'>> {
  const gone = query.selectFrom('media_file_states').select('media_item_id').where('state', '=', 'missing');
  // True for items whose files are on disk, as far as known.
  const there = sql`media_item_id is not null and media_item_id not in ${gone}`;
  const perPost = query
    .selectFrom('instagram_items')
    .select(
      sql<State>`case
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
  const of = (wanted: State) => Number(rows.find(({ state }) => state === wanted)?.posts ?? 0);
  return { whole: of('whole'), partial: of('partial'), poster: of('poster') };
}

interface Sizes {
  readonly kinds: ReadonlyMap<PostKind, { files: number; bytes: number }>;
  readonly otherMedia: number;
}

/** Reads the media items once, in the order of their ids. Those without an item belong to other programs. */
async function sizesByKind({ query }: Database): Promise<Sizes> {
  const rows = await query
    // Materialized: without it the query takes four times as long.
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

/** What `sizesByKind` counts more than once because items share a file. */
async function countTwins({ query }: Database): Promise<{ files: number; bytes: number }> {
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
