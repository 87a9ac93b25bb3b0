import type { Database } from '../db/open.ts';
import { type FileStore, keyOfAddress } from '../files/file-store.ts';
import type { PostSource } from '../media/item.ts';
import { sidecarKey } from './paths.ts';

/** What a sidecar says about one of its post's items. */
export interface SidecarItem {
  readonly id: string;
  /** From 1, within its post. */
  readonly position: number;
  readonly media_type: string;
  readonly alt_text: string | null;
  readonly posted_at: string | null;
  /** The key of its file in the media folder; null if it is not there. */
  readonly file: string | null;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly mime_type: string | null;
  /** True if the file is only the still of a video. */
  readonly is_poster: boolean;
  readonly backfilled_at: string | null;
}

/** Everything the database knows about a post, stored next to its files so that they are complete without the database. */
export interface Sidecar {
  readonly format: typeof SIDECAR_FORMAT;
  readonly id: string;
  /** Meta's id of the account. */
  readonly instagram_account_id: string | null;
  readonly source: PostSource;
  readonly media_type: string;
  readonly product_type: string | null;
  readonly caption: string | null;
  readonly permalink: string | null;
  readonly shortcode: string | null;
  readonly username: string | null;
  readonly posted_at: string | null;
  readonly like_count: number | null;
  readonly comments_count: number | null;
  readonly is_shared_to_feed: boolean | null;
  readonly items: readonly SidecarItem[];
}

export const SIDECAR_FORMAT = 'storyline-post/1';

/** Posts in one query. */
const BATCH = 100;
/** Files written in parallel: enough to share the syncs of their folder without keeping others from the disk. */
const PARALLEL = 20;

interface SidecarOptions {
  db: Database;
  store: FileStore;
  accountId: string;
}

/** The sidecars of these posts by their ids, written or not. Posts that are not in the database are left out. */
export async function describePosts(
  { db, store }: Omit<SidecarOptions, 'accountId'>,
  postIds: readonly string[],
): Promise<ReadonlyMap<string, Sidecar>> {
  const sidecars = new Map<string, Sidecar>();
  for (let from = 0; from < postIds.length; from += BATCH) {
    const ids = postIds.slice(from, from + BATCH);
    const posts = await postRows(db).where('post.instagram_media_id', 'in', ids).execute();
    const items = await itemsOf(db, ids);
    for (const { revision: _, ...post } of posts) {
      sidecars.set(post.id, describe(post, items.get(post.id) ?? [], store));
    }
  }
  return sidecars;
}

/** Writes the sidecars of the account's posts that have changed since they were last written. Returns how many. */
export async function writeSidecars({ db, store, accountId }: SidecarOptions): Promise<number> {
  let written = 0;
  for (;;) {
    const stale = await stalePosts(db, accountId);
    const items = await itemsOf(
      db,
      stale.map(({ id }) => id),
    );
    for (let from = 0; from < stale.length; from += PARALLEL) {
      const some = stale.slice(from, from + PARALLEL);
      await Promise.all(
        some.map(({ revision: _, ...post }) => {
          const sidecar = describe(post, items.get(post.id) ?? [], store);
          return store.put(sidecarKey(post.id), Buffer.from(`${JSON.stringify(sidecar, null, 2)}\n`));
        }),
      );
      await noteWritten(db, some);
    }
    written += stale.length;
    if (stale.length < BATCH) return written;
  }
}

/** A post that changed meanwhile has a later revision, and is written again. */
async function noteWritten({ query }: Database, posts: readonly StalePost[]): Promise<void> {
  for (const revision of new Set(posts.map((post) => post.revision))) {
    const ids = posts.filter((post) => post.revision === revision).map(({ id }) => id);
    await query
      .updateTable('instagram_posts')
      .set({ sidecar_revision: revision })
      .where('instagram_media_id', 'in', ids)
      .execute();
  }
}

type StalePost = Awaited<ReturnType<typeof stalePosts>>[number];
type ItemRow = Awaited<ReturnType<typeof itemRows>>[number];

const postRows = ({ query }: Database) =>
  query
    .selectFrom('instagram_posts as post')
    .leftJoin('instagram_accounts as account', 'account.id', 'post.account_id')
    .select([
      'post.instagram_media_id as id',
      'post.revision',
      'account.instagram_account_id',
      'post.source',
      'post.media_type',
      'post.product_type',
      'post.caption',
      'post.permalink',
      'post.shortcode',
      'post.username',
      'post.posted_at',
      'post.like_count',
      'post.comments_count',
      'post.is_shared_to_feed',
    ]);

/** Posts with files in the library and an outdated sidecar. */
const stalePosts = (db: Database, accountId: string) =>
  postRows(db)
    .where('post.account_id', '=', accountId)
    .whereRef('post.sidecar_revision', '<', 'post.revision')
    .where((row) =>
      row.exists(
        row
          .selectFrom('instagram_items as item')
          .select('item.instagram_media_id')
          .whereRef('item.post_id', '=', 'post.instagram_media_id')
          .where('item.media_item_id', 'is not', null),
      ),
    )
    // Matches the partial index on these posts, so that it is used.
    .orderBy('post.instagram_media_id')
    .limit(BATCH)
    .execute();

const itemRows = ({ query }: Database, postIds: readonly string[]) =>
  query
    .selectFrom('instagram_items as item')
    .leftJoin('media_items as media', 'media.id', 'item.media_item_id')
    .select([
      'item.instagram_media_id as id',
      'item.post_id',
      'item.position',
      'item.media_type',
      'item.alt_text',
      'item.posted_at',
      'item.is_poster',
      'media.file_path',
      'media.file_size',
      'media.file_hash',
      'media.mime_type',
      'media.backfilled_at',
    ])
    .where('item.post_id', 'in', postIds)
    .orderBy('item.position')
    .execute();

async function itemsOf(db: Database, postIds: readonly string[]): Promise<Map<string, ItemRow[]>> {
  const rows = postIds.length === 0 ? [] : await itemRows(db, postIds);
  const byPost = new Map<string, ItemRow[]>(postIds.map((id) => [id, []]));
  for (const row of rows) byPost.get(row.post_id)?.push(row);
  return byPost;
}

function describe(post: Omit<StalePost, 'revision'>, items: readonly ItemRow[], store: FileStore): Sidecar {
  return {
    format: SIDECAR_FORMAT,
    ...post,
    posted_at: post.posted_at?.toISOString() ?? null,
    items: items.map((item) => ({
      id: item.id,
      position: item.position,
      media_type: item.media_type,
      alt_text: item.alt_text,
      posted_at: item.posted_at?.toISOString() ?? null,
      file: (item.file_path && keyOfAddress(store, item.file_path)) ?? null,
      size: item.file_size,
      sha256: item.file_hash,
      mime_type: item.mime_type,
      is_poster: item.is_poster,
      backfilled_at: item.backfilled_at?.toISOString() ?? null,
    })),
  };
}
