import type { FileState } from '../catalogue/file-states.ts';
import type { Database } from '../db/open.ts';
import type { Measures } from './measure.ts';
import { versionOf } from './media-file.ts';
import { type MediaReference, type PostTile, tilesOf } from './tiles.ts';

/** An item's file, as it lies in the library. */
export interface PostFile extends MediaReference {
  readonly fileName: string;
  readonly filePath: string;
  /** Bytes. */
  readonly fileSize: number;
  readonly sha256: string;
  readonly mimeType: string | undefined;
  /** Pixels, as shown. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Seconds. */
  readonly duration: number | undefined;
  /** A video's still that stands in for it. */
  readonly isPoster: boolean;
  readonly backfilledAt: Date | undefined;
  /** How it is known to differ on disk from what was stored. */
  readonly fileState: FileState | undefined;
}

export interface PostItem {
  readonly id: string;
  /** From 1. */
  readonly position: number;
  readonly kind: 'image' | 'video' | 'unsupported';
  readonly altText: string | undefined;
  readonly media: PostFile | undefined;
  /** The run by which it came. */
  readonly run: { readonly id: string; readonly startedAt: Date; readonly triggeredBy: string } | undefined;
  /** Why it could not be had so far. */
  readonly failure: { readonly reason: string; readonly times: number; readonly at: Date | undefined } | undefined;
}

/** A post with all that is known of it. */
export interface Post extends PostTile {
  readonly caption: string | undefined;
  readonly permalink: string | undefined;
  readonly comments: number | undefined;
  readonly username: string | undefined;
  readonly account:
    | { readonly id: string; readonly displayName: string; readonly username: string | undefined }
    | undefined;
  readonly productType: string | undefined;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** In the order of the album. */
  readonly files: readonly PostItem[];
}

export async function findPost(db: Database, id: string, measures: Measures): Promise<Post | undefined> {
  const row = await db.query
    .selectFrom('instagram_posts')
    .leftJoin('instagram_accounts', 'instagram_accounts.id', 'instagram_posts.account_id')
    .select([
      'instagram_media_id',
      'kind',
      'posted_at',
      'item_count',
      'like_count',
      'caption',
      'permalink',
      'comments_count',
      'username',
      'product_type',
      'first_seen_at',
      'last_seen_at',
      'account_id',
      'display_name',
      'instagram_username',
    ])
    .where('instagram_media_id', '=', id)
    .executeTakeFirst();
  const [tile] = row ? await tilesOf(db, [row], measures) : [];
  if (!row || !tile) return undefined;
  const { account_id, display_name } = row;
  const isKnown = account_id !== null && display_name !== null;
  return {
    ...tile,
    caption: row.caption ?? undefined,
    permalink: row.permalink ?? undefined,
    comments: row.comments_count ?? undefined,
    username: row.username ?? undefined,
    account: isKnown
      ? { id: account_id, displayName: display_name, username: row.instagram_username ?? undefined }
      : undefined,
    productType: row.product_type ?? undefined,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    files: await itemsOf(db, id, measures),
  };
}

const rowsOf = ({ query }: Database, postId: string) =>
  query
    .selectFrom('instagram_items as item')
    .leftJoin('media_items as media', 'media.id', 'item.media_item_id')
    .leftJoin('media_file_states as state', 'state.media_item_id', 'item.media_item_id')
    .leftJoin('service_runs as run', 'run.id', 'item.run_id')
    .select([
      'item.instagram_media_id as itemId',
      'item.position',
      'item.media_type',
      'item.alt_text',
      'item.is_poster',
      'item.failure',
      'item.failure_count',
      'item.failed_at',
      'media.id as mediaId',
      'media.file_name',
      'media.file_path',
      'media.file_size',
      'media.file_hash',
      'media.mime_type',
      'media.backfilled_at',
      'state.state as file_state',
      'run.id as runId',
      'run.started_at',
      'run.triggered_by',
    ])
    .where('item.post_id', '=', postId)
    .orderBy('item.position')
    .orderBy('item.instagram_media_id')
    .execute();
type ItemRow = Awaited<ReturnType<typeof rowsOf>>[number];

const KINDS: Readonly<Record<string, PostItem['kind']>> = { IMAGE: 'image', VIDEO: 'video' };

/** A type that Instagram did not give, or a new one: the file tells. */
const kindOfFile = (mime: string | null): PostItem['kind'] | undefined =>
  mime?.startsWith('image/') ? 'image' : mime?.startsWith('video/') ? 'video' : undefined;

async function itemsOf(db: Database, postId: string, measures: Measures): Promise<PostItem[]> {
  const rows = (await rowsOf(db, postId)).map((row) => ({ row, file: fileOf(row) }));
  const files = rows.flatMap(({ file }) => (file ? [{ ...file, fileHash: file.sha256 }] : []));
  const measured = files.length === 0 ? undefined : await measures.of(files);
  return rows.map(({ row, file }): PostItem => {
    const { runId, started_at, failure } = row;
    const measure = file && measured?.get(file.id);
    return {
      id: row.itemId,
      position: row.position,
      kind: KINDS[row.media_type] ?? kindOfFile(row.mime_type) ?? 'unsupported',
      altText: row.alt_text ?? undefined,
      media: file && { ...file, width: measure?.width, height: measure?.height, duration: measure?.duration },
      run:
        runId !== null && started_at
          ? { id: runId, startedAt: started_at, triggeredBy: row.triggered_by ?? 'unknown' }
          : undefined,
      failure:
        !file && failure !== null
          ? { reason: failure, times: row.failure_count, at: row.failed_at ?? undefined }
          : undefined,
    };
  });
}

function fileOf(row: ItemRow): Omit<PostFile, 'width' | 'height' | 'duration'> | undefined {
  const { mediaId: id, file_name: fileName, file_path: filePath, file_size: fileSize, file_hash: sha256 } = row;
  if (id === null || fileName === null || filePath === null || fileSize === null || sha256 === null) return undefined;
  return {
    id,
    version: versionOf(sha256),
    fileName,
    filePath,
    fileSize,
    sha256,
    mimeType: row.mime_type ?? undefined,
    isPoster: row.is_poster,
    backfilledAt: row.backfilled_at ?? undefined,
    fileState: row.file_state ?? undefined,
  };
}
