import { sql } from 'kysely';
import type { Database } from '../db/open.ts';
import { UsageError } from '../errors.ts';

/** Which media items are asked for. */
export interface MediaFilter {
  readonly kind?: 'image' | 'video' | undefined;
  readonly category?: string | undefined;
  /** Part of the caption, whatever its case. */
  readonly search?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly limit: number;
  /** The id of the media item to go on after. */
  readonly after?: string | undefined;
}

/** A media item, with what Instagram said of its post. */
export interface MediaView {
  readonly id: string;
  readonly instagramMediaId: string | undefined;
  readonly filePath: string;
  readonly fileName: string;
  /** Bytes. */
  readonly fileSize: number;
  readonly fileHash: string;
  readonly mimeType: string | undefined;
  readonly category: string | undefined;
  readonly caption: string | undefined;
  readonly postedAt: Date | undefined;
  readonly backfilledAt: Date | undefined;
  readonly timesPosted: number;
  readonly post:
    | {
        readonly id: string;
        readonly permalink: string | undefined;
        readonly mediaType: string;
        readonly productType: string | undefined;
        readonly position: number;
        readonly itemCount: number;
        readonly likeCount: number | undefined;
        readonly commentsCount: number | undefined;
      }
    | undefined;
  readonly altText: string | undefined;
  readonly isPoster: boolean;
}

/** Media items, latest posted first; those never posted come last. */
export async function listMediaItems({ query, dialect }: Database, filter: MediaFilter): Promise<MediaView[]> {
  // What was never posted sorts below everything, in both databases alike.
  const never = new Date(0);
  const order = query.fn.coalesce('media_items.last_posted_at', sql.val(never));
  let select = query
    .selectFrom('media_items')
    .leftJoin('instagram_items', 'instagram_items.instagram_media_id', 'media_items.instagram_media_id')
    .leftJoin('instagram_posts', 'instagram_posts.instagram_media_id', 'instagram_items.post_id')
    .selectAll('media_items')
    .select([
      'instagram_items.position',
      'instagram_items.alt_text',
      'instagram_items.is_poster',
      'instagram_posts.instagram_media_id as post_id',
      'instagram_posts.permalink',
      'instagram_posts.media_type',
      'instagram_posts.product_type',
      'instagram_posts.item_count',
      'instagram_posts.like_count',
      'instagram_posts.comments_count',
    ])
    .where('media_items.is_active', '=', true);
  if (filter.kind) select = select.where('media_items.mime_type', 'like', `${filter.kind}/%`);
  if (filter.category) select = select.where('media_items.category', '=', filter.category);
  if (filter.search) select = select.where(dialect.contains(sql.ref('media_items.caption'), filter.search));
  if (filter.since) select = select.where('media_items.last_posted_at', '>=', filter.since);
  if (filter.until) select = select.where('media_items.last_posted_at', '<', filter.until);
  if (filter.after) {
    const last = await query
      .selectFrom('media_items')
      .select(['id', 'last_posted_at'])
      .where('id', '=', filter.after)
      .executeTakeFirst();
    if (!last) throw new UsageError(`No media item ${filter.after} is in the library`);
    const moment = last.last_posted_at ?? never;
    select = select.where((row) =>
      row.or([row(order, '<', moment), row.and([row(order, '=', moment), row('media_items.id', '<', last.id)])]),
    );
  }
  const rows = await select.orderBy(order, 'desc').orderBy('media_items.id', 'desc').limit(filter.limit).execute();
  return rows.map(
    (row): MediaView => ({
      id: row.id,
      instagramMediaId: row.instagram_media_id ?? undefined,
      filePath: row.file_path,
      fileName: row.file_name,
      fileSize: row.file_size,
      fileHash: row.file_hash,
      mimeType: row.mime_type ?? undefined,
      category: row.category ?? undefined,
      caption: row.caption ?? undefined,
      postedAt: row.last_posted_at ?? undefined,
      backfilledAt: row.backfilled_at ?? undefined,
      timesPosted: row.times_posted ?? 0,
      altText: row.alt_text ?? undefined,
      isPoster: row.is_poster ?? false,
      post:
        row.post_id === null
          ? undefined
          : {
              id: row.post_id,
              permalink: row.permalink ?? undefined,
              mediaType: row.media_type ?? 'UNKNOWN',
              productType: row.product_type ?? undefined,
              position: row.position ?? 1,
              itemCount: row.item_count ?? 1,
              likeCount: row.like_count ?? undefined,
              commentsCount: row.comments_count ?? undefined,
            },
    }),
  );
}

/** An item that could not be had so far. */
export interface FailedItem {
  readonly instagramMediaId: string;
  readonly postId: string;
  readonly mediaType: string;
  readonly reason: string;
  readonly type: string;
  readonly times: number;
  readonly failedAt: Date;
}

/** How many items were backfilled, and which could not be had, latest first. */
export async function backfillOverview({ query }: Database, failuresShown: number) {
  const { count: total } = await query
    .selectFrom('media_items')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('source_type', '=', 'instagram_backfill')
    .executeTakeFirstOrThrow();
  const failures = query
    .selectFrom('instagram_items')
    .where('failed_at', 'is not', null)
    .where('media_item_id', 'is', null);
  const { count: failed } = await failures
    .select((row) => row.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const rows = await failures
    .selectAll()
    .orderBy('failed_at', 'desc')
    .orderBy('instagram_media_id')
    .limit(failuresShown)
    .execute();
  const failedItems = rows.map(
    (row): FailedItem => ({
      instagramMediaId: row.instagram_media_id,
      postId: row.post_id,
      mediaType: row.media_type,
      reason: row.failure ?? 'unknown',
      type: row.failure_type ?? 'unknown',
      times: row.failure_count,
      failedAt: row.failed_at ?? new Date(0),
    }),
  );
  return { total: Number(total), failed: Number(failed), failedItems };
}
