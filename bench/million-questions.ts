import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BACKFILL, RUN_KINDS, type RunKinds } from '../src/app/run-kinds.ts';
import type { KeptFile } from '../src/backfill/ports.ts';
import { loadIntervals } from '../src/catalogue/intervals.ts';
import { createItemRows } from '../src/catalogue/item-rows.ts';
import { backfillOverview, listMediaItems, type MediaFilter } from '../src/catalogue/media-items.ts';
import type { Database } from '../src/db/open.ts';
import { openStores } from '../src/files/stores.ts';
import { whoseFolder } from '../src/library/identity.ts';
import { createLibrary } from '../src/library/library.ts';
import type { Item, Post } from '../src/media/item.ts';
import { acquireLock } from '../src/runs/lock.ts';
import { createRuns } from '../src/runs/runs.ts';
import { ACCOUNTS } from './million-library.ts';

/** Arguments that there are for each question. */
const ROUNDS = 15;

/** One thing that is asked of the library; `round` counts from 0, and says which argument it is asked with. */
export interface Question {
  readonly name: string;
  ask(round: number): Promise<unknown>;
}

/** All that the program asks of a library whose size matters. */
export const questionsFor = async (db: Database): Promise<Question[]> => [...(await pages(db)), ...(await ofARun(db))];

const year = (number: number): Date => new Date(Date.UTC(number, 5, 1));
const pick = <T>(some: readonly T[], round: number): T => some[round % some.length] as T;

/** `list-media`, with each filter. */
async function pages(db: Database): Promise<Question[]> {
  const page = (name: string, filterOf: (round: number) => Partial<MediaFilter>): Question => ({
    name: `list-media ${name}`,
    ask: (round) => listMediaItems(db, { limit: 20, ...filterOf(round) }),
  });
  const anywhere = await idsOf(db, ROUNDS);
  return [
    page('', () => ({})),
    page('--limit 1000', () => ({ limit: 1000 })),
    page('--kind image', () => ({ kind: 'image' })),
    page('--kind video', () => ({ kind: 'video' })),
    page('--category instagram_backfill', () => ({ category: 'instagram_backfill' })),
    page('--category memes', (round) => ({ category: pick(['memes', 'merch', 'no such'], round) })),
    page('--category memes --kind video (none)', () => ({ category: 'memes', kind: 'video' })),
    page('--since --until', (round) => ({ since: year(2012 + (round % 10)), until: year(2013 + (round % 10)) })),
    page('--until --kind video', (round) => ({ until: year(2012 + (round % 10)), kind: 'video' })),
    page('--after, anywhere', (round) => ({ after: pick(anywhere, round) })),
    page('--after --kind video', (round) => ({ after: pick(anywhere, round), kind: 'video' })),
    page('--after --category memes', (round) => ({ after: pick(anywhere, round), category: 'memes' })),
    page('--search, in most captions', (round) => ({ search: pick(['Coffee', 'harbour', 'rain'], round) })),
    page('--search, in one of 5,000', (round) => ({ search: `#${1234 + round} ` })),
    page('--search, in one of 100,000', () => ({ search: 'Lighthouse' })),
    page('--search, in none', (round) => ({ search: `submarine ${round}` })),
  ];
}

async function idsOf({ query }: Database, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const row = await query
      .selectFrom('media_items')
      .select('id')
      .where('id', '>=', `${((n * 37) % 256).toString(16).padStart(2, '0')}000000-0000-4000-8000-000000000000`)
      .orderBy('id')
      .executeTakeFirstOrThrow();
    ids.push(row.id);
  }
  return ids;
}

/** What a backfill asks before, while and after it walks, and what `backfill-status` does. */
async function ofARun(db: Database): Promise<Question[]> {
  const now = () => new Date();
  const [accountId = ''] = ACCOUNTS;
  const runs = createRuns<RunKinds>({ db, kinds: RUN_KINDS, now, warn: () => undefined });
  const runId = runs.newId();
  const stores = await openStores({ mediaDir: join(tmpdir(), runId) });
  const library = createLibrary({ db, stores, accountId, runId, now });
  await db.query
    .insertInto('service_runs')
    .values({ id: runId, service_name: BACKFILL.service, method_name: BACKFILL.method, status: 'running' })
    .execute();
  const itemRows = createItemRows({
    db,
    runId,
    isReplaced: () => false,
    now,
    placeOf: (path) => ({ store: 'media', key: path }),
  });
  const known = await Promise.all(Array.from({ length: ROUNDS }, (_, round) => pageOfPosts(db, round)));
  const idsOfPage = (posts: readonly Post[]) => posts.flatMap(({ items }) => items.map(({ id }) => id));
  return [
    { name: 'before a run: whose folder is it?', ask: () => whoseFolder({ db, store: stores.media }) },
    { name: 'before a run: closing dead ones', ask: () => runs.closeDead() },
    {
      name: 'before a run: its lock',
      ask: async () =>
        (
          await acquireLock(db, { kind: BACKFILL, subject: accountId, runId: randomUUID(), triggeredBy: 'system' }, now)
        ).release(),
    },
    { name: 'before a run: partial files of whom?', ask: () => runs.liveOwners() },
    { name: 'before a run: proven intervals', ask: () => loadIntervals(db, accountId) },
    { name: 'before --retry-failed: what is unfinished', ask: () => library.unfinished() },
    {
      name: 'a page: which of its 900 ids are known',
      ask: (round) => library.known(idsOfPage(pick(known, round)).slice(0, 900)),
    },
    {
      name: 'a page: which of 900 new ids are known',
      ask: (round) => library.known(newPage(round).flatMap(({ items }) => items.map(({ id }) => id))),
    },
    { name: 'a page: noting 100 known posts', ask: (round) => library.notePosts(pick(known, round)) },
    { name: 'a page: noting 100 new posts of 900 items', ask: (round) => library.notePosts(newPage(round)) },
    {
      name: 'rows of 100 kept files',
      ask: (round) =>
        Promise.all(
          newPage(round)
            .flatMap(({ items }) => items)
            .slice(0, 100)
            .map((item) => itemRows.add(item, fileOf(item), undefined)),
        ),
    },
    { name: 'posts without a sidecar', ask: () => library.describePosts() },
    { name: 'after a walk: posts that are listed no more', ask: () => library.countUnlisted() },
    { name: 'after a walk: the last count', ask: () => library.lastCount() },
    { name: 'backfill-status: totals and failures', ask: () => backfillOverview(db, 10) },
    { name: 'backfill-status: the last run', ask: () => runs.recent(1) },
  ];
}

async function pageOfPosts({ query }: Database, round: number): Promise<Post[]> {
  const posts = await query
    .selectFrom('instagram_posts')
    .selectAll()
    .where('account_id', '=', ACCOUNTS[0] ?? '')
    .where('posted_at', '<', year(2012 + (round % 14)))
    .orderBy('posted_at', 'desc')
    .limit(100)
    .execute();
  const rows = await query
    .selectFrom('instagram_items')
    .selectAll()
    .where(
      'post_id',
      'in',
      posts.map((post) => post.instagram_media_id),
    )
    .execute();
  return posts.map((post) => ({
    id: post.instagram_media_id,
    source: post.source,
    mediaType: post.media_type,
    isAlbum: post.media_type === 'CAROUSEL_ALBUM',
    productType: post.product_type ?? 'FEED',
    permalink: post.permalink ?? '',
    username: post.username ?? '',
    ...(post.caption === null ? {} : { caption: post.caption }),
    ...(post.posted_at === null ? {} : { postedAt: post.posted_at }),
    items: rows
      .filter((row) => row.post_id === post.instagram_media_id)
      .map((row) => ({
        id: row.instagram_media_id,
        postId: row.post_id,
        position: row.position,
        kind: row.media_type === 'VIDEO' ? ('video' as const) : ('image' as const),
        mediaType: row.media_type,
      })),
  }));
}

/** A hundred albums of nine that nobody has seen. */
const newPage = (round: number): Post[] =>
  Array.from({ length: 100 }, (_, post) => {
    const id = `181${FIRST_NEW + round * 1000 + post}`;
    const facts = {
      postedAt: new Date(Date.UTC(2026, 2, 1, round, post)),
      caption: `New ${round}: blue hour at the harbour`,
    };
    const items = Array.from({ length: 9 }, (_, at) => ({
      id: `${id}${at}`,
      postId: id,
      position: at + 1,
      kind: 'image' as const,
      mediaType: 'IMAGE',
      ...facts,
    }));
    return { id, source: 'feed', mediaType: 'CAROUSEL_ALBUM', isAlbum: true, productType: 'FEED', ...facts, items };
  });

/** Ids of one process, so that none is new twice. */
const FIRST_NEW = Date.now() * 100;

const fileOf = ({ id }: Item): KeptFile => ({
  path: `/library/instagram_backfill/${id}.jpg`,
  size: 123_456,
  hash: createHash('sha256').update(id).digest('hex'),
  mime: 'image/jpeg',
});
