import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/open.ts';
import type { Schema } from '../db/schema.ts';
import { isMediaId } from '../media/file-name.ts';
import type { Post } from '../media/item.ts';
import { BACKFILL_FOLDER } from './places.ts';

/** Rows in one statement: well below the databases' limits on parameters. */
const ROWS_AT_ONCE = 500;

/** What of a post its sidecar tells; its counts change too often to be worth another file. */
const SIDECAR_FACTS = [
  'media_type',
  'product_type',
  'caption',
  'permalink',
  'username',
  'posted_at',
  'item_count',
] as const;

/** Notes what Instagram says of posts and their items; a post seen again has its facts brought up to date. */
export async function notePosts(
  { query }: Database,
  posts: readonly Post[],
  { accountId, now }: { accountId: string; now: Date },
): Promise<void> {
  const sound = posts.filter(({ id }) => isMediaId(id));
  if (sound.length === 0) return;
  const postRows = sound.map((post) => ({
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
    item_count: post.items.length,
    first_seen_at: now,
    last_seen_at: now,
  }));
  const itemRows = sound.flatMap((post) =>
    post.items
      .filter(({ id }) => isMediaId(id))
      .map((item) => ({
        instagram_media_id: item.id,
        post_id: post.id,
        position: item.position,
        media_type: item.mediaType,
        alt_text: item.altText ?? null,
        posted_at: item.postedAt ?? null,
      })),
  );

  await query.transaction().execute(async (transaction) => {
    for (const rows of chunks(postRows)) {
      await transaction
        .insertInto('instagram_posts')
        .values(rows)
        .onConflict((conflict) =>
          conflict.column('instagram_media_id').doUpdateSet((row) => ({
            account_id: row.ref('excluded.account_id'),
            source: row.ref('excluded.source'),
            media_type: row.ref('excluded.media_type'),
            product_type: row.ref('excluded.product_type'),
            caption: row.ref('excluded.caption'),
            permalink: row.ref('excluded.permalink'),
            shortcode: row.ref('excluded.shortcode'),
            username: row.ref('excluded.username'),
            posted_at: row.ref('excluded.posted_at'),
            like_count: row.ref('excluded.like_count'),
            comments_count: row.ref('excluded.comments_count'),
            is_shared_to_feed: row.ref('excluded.is_shared_to_feed'),
            item_count: row.ref('excluded.item_count'),
            revision: sql<number>`instagram_posts.revision + case when ${row.and(
              SIDECAR_FACTS.map((name) =>
                row(`instagram_posts.${name}`, 'is not distinct from', row.ref(`excluded.${name}`)),
              ),
            )} then 0 else 1 end`,
            last_seen_at: row.ref('excluded.last_seen_at'),
          })),
        )
        .execute();
    }
    for (const rows of chunks(itemRows)) {
      await transaction
        .insertInto('instagram_items')
        .values(rows)
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
    }
    await dropStandIns(transaction, sound);
    await linkOwnRows(
      transaction,
      itemRows.map((row) => row.instagram_media_id),
    );
  });
}

/** An album that showed no children stood for itself, as failed; once its children are known it is no item. */
async function dropStandIns(transaction: Transaction<Schema>, posts: readonly Post[]): Promise<void> {
  const albums = posts.filter(({ id, isAlbum, items }) => isAlbum && items.every((item) => item.id !== id));
  for (const some of chunks(albums.map(({ id }) => id))) {
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
  for (const some of chunks(ids)) {
    const found = await transaction
      .selectFrom('instagram_items as item')
      .innerJoin('media_items as media', (join) =>
        join.on((on) =>
          on.or([
            on('media.instagram_media_id', '=', on.ref('item.instagram_media_id')),
            on.and([
              on('media.instagram_media_id', 'is', null),
              on('media.source_type', '=', BACKFILL_FOLDER),
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

function* chunks<T>(rows: readonly T[]): Generator<T[]> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) yield rows.slice(from, from + ROWS_AT_ONCE);
}
