import { type SqlBool, sql } from 'kysely';
import type { Database } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import type { FileState } from './file-states.ts';

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
  readonly sourceType: string;
  /** The remembered state of its file; undefined if it is as it was stored. */
  readonly fileState: FileState | undefined;
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
export async function listMediaItems(db: Database, filter: MediaFilter): Promise<MediaView[]> {
  const after = filter.after === undefined ? undefined : await placeOf(db, filter.after);
  const dated = after && !after.moment ? [] : await pageOf(db, filter, { isDated: true, after });
  const left = filter.limit - dated.length;
  // A moment that is asked for leaves out what has none.
  if (left === 0 || filter.since || filter.until) return dated;
  const undatedAfter = after?.moment ? undefined : after;
  return [...dated, ...(await pageOf(db, { ...filter, limit: left }, { isDated: false, after: undatedAfter }))];
}

/** Where a media item stands in the order. */
interface Place {
  readonly moment: Date | undefined;
  readonly id: string;
}

/** @throws {UsageError} where there is no such item. */
async function placeOf({ query }: Database, id: string): Promise<Place> {
  const row = await query
    .selectFrom('media_items')
    .select(['id', 'last_posted_at'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) throw new UsageError(`No media item ${id} is in the library`);
  return { moment: row.last_posted_at ?? undefined, id: row.id };
}

/** A stretch of those that were posted, or of the others. Each condition and each order is one that an index has. */
async function pageOf(
  { query, dialect }: Database,
  filter: MediaFilter,
  { isDated, after }: { isDated: boolean; after: Place | undefined },
): Promise<MediaView[]> {
  let select = query
    .selectFrom('media_items')
    .selectAll()
    // Not `= true` by a parameter: SQLite would not see that the indexes hold just these.
    .where(sql<SqlBool>`is_active`)
    .where('last_posted_at', isDated ? 'is not' : 'is', null);
  if (filter.kind) select = select.where(sql<SqlBool>`substr(mime_type, 1, 6) = ${`${filter.kind}/`}`);
  if (filter.category) select = select.where('category', '=', filter.category);
  if (filter.search) select = select.where(dialect.contains(sql.ref('caption'), filter.search));
  if (filter.since) select = select.where('last_posted_at', '>=', filter.since);
  if (filter.until) select = select.where('last_posted_at', '<', filter.until);
  if (after?.moment) select = select.where(sql<SqlBool>`(last_posted_at, id) < (${after.moment}, ${after.id})`);
  else if (after) select = select.where('id', '<', after.id);
  const latestFirst = sql`last_posted_at desc nulls last`;
  const rows = await query
    // Before anything is joined: what is not on the page need not be looked up.
    .selectFrom(select.orderBy(latestFirst).orderBy('id', 'desc').limit(filter.limit).as('media_items'))
    .leftJoin('instagram_items', 'instagram_items.instagram_media_id', 'media_items.instagram_media_id')
    .leftJoin('media_file_states as noted', 'noted.media_item_id', 'media_items.id')
    .leftJoin('instagram_posts', 'instagram_posts.instagram_media_id', 'instagram_items.post_id')
    .selectAll('media_items')
    .select([
      'noted.state as file_state',
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
    .orderBy(sql`media_items.last_posted_at desc nulls last`)
    .orderBy('media_items.id', 'desc')
    .execute();
  return rows.map(
    (row): MediaView => ({
      id: row.id,
      instagramMediaId: row.instagram_media_id ?? undefined,
      filePath: row.file_path,
      fileName: row.file_name,
      fileSize: row.file_size,
      fileHash: row.file_hash,
      mimeType: row.mime_type ?? undefined,
      sourceType: row.source_type,
      fileState: row.file_state ?? undefined,
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

/** An item that failed so far. */
export interface FailedItem {
  readonly instagramMediaId: string;
  readonly postId: string;
  readonly mediaType: string;
  readonly reason: string;
  readonly type: string;
  readonly times: number;
  readonly failedAt: Date;
}

/** How many items were backfilled, and which failed, latest first. */
export async function backfillOverview({ query }: Database, failuresShown: number) {
  const { count: total } = await query
    .selectFrom('media_items')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('source_type', '=', 'instagram_backfill')
    .executeTakeFirstOrThrow();
  const failures = query
    .selectFrom('instagram_items')
    .where('failed_at', 'is not', null)
    .where((row) =>
      row.or([
        row('media_item_id', 'is', null),
        // Its file is missing on disk, and could not be downloaded again.
        row.exists(
          row
            .selectFrom('media_file_states as noted')
            .select('noted.state')
            .whereRef('noted.media_item_id', '=', 'instagram_items.media_item_id')
            .where('noted.state', '=', 'missing'),
        ),
      ]),
    );
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
