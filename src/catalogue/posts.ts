import { type SqlBool, sql, type Transaction } from 'kysely';
import { cleanText } from '../db/dialect.ts';
import type { Database } from '../db/open.ts';
import type { Schema } from '../db/schema.ts';
import { chunks } from '../lib/chunks.ts';
import { isMediaId } from '../media/file-name.ts';
import { type Item, type Post, UNTOLD_TYPE } from '../media/item.ts';
import { BACKFILL_SOURCE } from './backfill-source.ts';

/** Rows in one statement: well below the databases' limits on parameters. */
const ROWS_PER_STATEMENT = 500;

/**
 * What of a post its sidecar tells. Its counts are there too, as they were when it was last written: they change with
 * every look, and a post is not worth another file for a like.
 */
const SIDECAR_FACTS = [
  'account_id',
  'source',
  'media_type',
  'product_type',
  'caption',
  'permalink',
  'shortcode',
  'username',
  'posted_at',
  'is_shared_to_feed',
  'item_count',
] as const;

/**
 * Notes what Instagram says of posts and their items. A post seen again has its facts brought up to date; what was not
 * asked for, not given or not readable this time stays as it is known.
 */
export async function notePosts(
  { query }: Database,
  posts: readonly Post[],
  { accountId, now }: { accountId: string; now: Date },
): Promise<void> {
  const sound = posts.filter(({ id }) => isMediaId(id));
  if (sound.length === 0) return;
  await query.transaction().execute(async (transaction) => {
    // Those whose items could not all be listed: they have as many as were known before, at least.
    for (const isPartial of [false, true]) {
      const some = sound.filter((post) => standsForItself(post) === isPartial);
      await writePosts(
        transaction,
        some.map((post) => postRow(post, { accountId, now })),
        isPartial,
      );
    }
    const items = sound.flatMap((post) => post.items.filter(({ id }) => isMediaId(id)));
    await writeItems(transaction, items.map(itemRow));
    await dropStandIns(transaction, sound);
    await linkOwnRows(
      transaction,
      items.map(({ id }) => id),
    );
  });
}

/** True for an album whose items are not all known: one of its items is the album itself. */
const standsForItself = ({ id, isAlbum, items }: Post): boolean => isAlbum && items.some((item) => item.id === id);

const postRow = (post: Post, { accountId, now }: { accountId: string; now: Date }) => ({
  instagram_media_id: post.id,
  account_id: accountId,
  source: post.source,
  media_type: post.mediaType,
  product_type: post.productType ?? null,
  caption: post.caption ?? null,
  permalink: post.permalink ?? null,
  shortcode: post.shortcode ?? null,
  username: post.username ?? null,
  posted_at: post.postedAt ?? null,
  like_count: post.likeCount ?? null,
  comments_count: post.commentsCount ?? null,
  is_shared_to_feed: post.isSharedToFeed ?? null,
  item_count: post.items.filter((item) => !post.isAlbum || item.id !== post.id).length || 1,
  first_seen_at: now,
  last_seen_at: now,
});

const itemRow = (item: Item) => ({
  instagram_media_id: item.id,
  post_id: item.postId,
  position: item.position,
  media_type: item.mediaType,
  alt_text: item.altText ?? null,
  posted_at: item.postedAt ?? null,
});

type PostRow = ReturnType<typeof postRow>;
type ItemRow = ReturnType<typeof itemRow>;

async function writePosts(
  transaction: Transaction<Schema>,
  rows: readonly PostRow[],
  isPartial: boolean,
): Promise<void> {
  for (const some of chunks(rows, ROWS_PER_STATEMENT)) {
    await transaction
      .insertInto('instagram_posts')
      .values(some)
      .onConflict((conflict) =>
        conflict.column('instagram_media_id').doUpdateSet((row) => {
          const orKnown = <Name extends (typeof KEPT_FACTS)[number]>(name: Name) =>
            row.fn.coalesce(row.ref(`excluded.${name}`), row.ref(`instagram_posts.${name}`));
          const facts = {
            account_id: row.ref('excluded.account_id'),
            source: row.ref('excluded.source'),
            media_type: sql<string>`coalesce(nullif(excluded.media_type, ${UNTOLD_TYPE}), instagram_posts.media_type)`,
            product_type: orKnown('product_type'),
            caption: orKnown('caption'),
            permalink: orKnown('permalink'),
            shortcode: orKnown('shortcode'),
            username: orKnown('username'),
            posted_at: orKnown('posted_at'),
            like_count: orKnown('like_count'),
            comments_count: orKnown('comments_count'),
            is_shared_to_feed: orKnown('is_shared_to_feed'),
            item_count: isPartial
              ? sql<number>`case when excluded.item_count > instagram_posts.item_count then excluded.item_count else instagram_posts.item_count end`
              : row.ref('excluded.item_count'),
          };
          return {
            ...facts,
            revision: sql<number>`instagram_posts.revision + case when ${row.and(
              SIDECAR_FACTS.map(
                (name) => sql<SqlBool>`${row.ref(`instagram_posts.${name}`)} is not distinct from ${facts[name]}`,
              ),
            )} then 0 else 1 end`,
            last_seen_at: row.ref('excluded.last_seen_at'),
          };
        }),
      )
      .execute();
  }
}

/** Facts that stay as they are known where a listing lacks them. */
const KEPT_FACTS = [
  'product_type',
  'caption',
  'permalink',
  'shortcode',
  'username',
  'posted_at',
  'like_count',
  'comments_count',
  'is_shared_to_feed',
] as const;

/** Writes what is new or has changed, and says of their posts that they changed. */
async function writeItems(transaction: Transaction<Schema>, rows: readonly ItemRow[]): Promise<void> {
  for (const some of chunks(rows, ROWS_PER_STATEMENT)) {
    const known = await transaction
      .selectFrom('instagram_items')
      .select(['instagram_media_id', 'post_id', 'position', 'media_type', 'alt_text', 'posted_at'])
      .where(
        'instagram_media_id',
        'in',
        some.map((row) => row.instagram_media_id),
      )
      .execute();
    const before = new Map(known.map((row) => [row.instagram_media_id, row]));
    const changed = some
      .map((row) => withKnown(row, before.get(row.instagram_media_id)))
      .filter((row) => !isSame(row, before.get(row.instagram_media_id)));
    if (changed.length === 0) continue;
    await transaction
      .insertInto('instagram_items')
      .values(changed)
      .onConflict((conflict) =>
        conflict.column('instagram_media_id').doUpdateSet((row) => ({
          post_id: row.ref('excluded.post_id'),
          position: row.ref('excluded.position'),
          media_type: row.ref('excluded.media_type'),
          alt_text: row.ref('excluded.alt_text'),
          posted_at: row.ref('excluded.posted_at'),
        })),
      )
      .execute();
    const postIds = changed.flatMap((row) => [row.post_id, before.get(row.instagram_media_id)?.post_id ?? row.post_id]);
    await transaction
      .updateTable('instagram_posts')
      .set((row) => ({ revision: row('revision', '+', 1) }))
      .where('instagram_media_id', 'in', [...new Set(postIds)])
      .execute();
  }
}

const withKnown = (row: ItemRow, known: ItemRow | undefined): ItemRow => ({
  ...row,
  media_type: row.media_type === UNTOLD_TYPE ? (known?.media_type ?? UNTOLD_TYPE) : row.media_type,
  alt_text: row.alt_text ?? known?.alt_text ?? null,
  posted_at: row.posted_at ?? known?.posted_at ?? null,
});

const isSame = (row: ItemRow, known: ItemRow | undefined): boolean =>
  known !== undefined &&
  row.post_id === known.post_id &&
  row.position === known.position &&
  row.media_type === known.media_type &&
  // As the databases keep it.
  (row.alt_text && cleanText(row.alt_text)) === known.alt_text &&
  row.posted_at?.getTime() === known.posted_at?.getTime();

/** An album that showed no children stood for itself, as failed; once its children are known it is no item. */
async function dropStandIns(transaction: Transaction<Schema>, posts: readonly Post[]): Promise<void> {
  const albums = posts.filter(({ id, isAlbum, items }) => isAlbum && items.every((item) => item.id !== id));
  for (const some of chunks(
    albums.map(({ id }) => id),
    ROWS_PER_STATEMENT,
  )) {
    await transaction
      .deleteFrom('instagram_items')
      .where('instagram_media_id', 'in', some)
      .where('media_item_id', 'is', null)
      .execute();
  }
}

/**
 * Finds the media items of listed items that the Python program kept: it told nobody which post they belong to, nor
 * that it kept a video's still in place of the video.
 */
async function linkOwnRows(transaction: Transaction<Schema>, ids: readonly string[]): Promise<void> {
  for (const some of chunks(ids, ROWS_PER_STATEMENT)) {
    const found = await transaction
      .selectFrom('instagram_items as item')
      .innerJoin('media_items as media', (join) =>
        join.on((on) =>
          on.or([
            on('media.instagram_media_id', '=', on.ref('item.instagram_media_id')),
            on.and([
              on('media.instagram_media_id', 'is', null),
              on('media.source_type', '=', BACKFILL_SOURCE),
              on('media.source_identifier', '=', on.ref('item.instagram_media_id')),
            ]),
          ]),
        ),
      )
      .select([
        'item.instagram_media_id as itemId',
        'item.post_id as postId',
        'item.media_type',
        'media.id',
        'media.mime_type',
      ])
      .where('item.media_item_id', 'is', null)
      .where('item.instagram_media_id', 'in', some)
      .execute();
    for (const { itemId, postId, media_type, id, mime_type } of found) {
      await transaction
        .updateTable('instagram_items')
        .set({ media_item_id: id, is_poster: media_type === 'VIDEO' && (mime_type?.startsWith('image/') ?? false) })
        .where('instagram_media_id', '=', itemId)
        .execute();
      await transaction
        .updateTable('instagram_posts')
        .set((row) => ({ revision: row('revision', '+', 1) }))
        .where('instagram_media_id', '=', postId)
        .execute();
    }
  }
}
