import { nameOf } from '../accounts/accounts.ts';
import type { Post, PostItem } from '../contract/posts.ts';
import type { Database } from '../db/open.ts';
import type { Measures } from './measure.ts';
import { versionOf } from './media-item.ts';
import { postTiles } from './post-tiles.ts';

/** A post with all its items; undefined if there is no such post. */
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
  const [tile] = row ? await postTiles(db, [row], measures) : [];
  if (!row || !tile) return undefined;
  const { account_id: accountId, display_name: displayName } = row;
  const isKnown = accountId !== null && displayName !== null;
  return {
    ...tile,
    caption: row.caption,
    permalink: row.permalink,
    comments: row.comments_count,
    username: row.username,
    account: isKnown
      ? { id: accountId, name: nameOf({ displayName, username: row.instagram_username ?? undefined }) }
      : null,
    productType: row.product_type,
    firstSeenAt: row.first_seen_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    items: await postItems(db, id, measures),
  };
}

async function postItems(db: Database, postId: string, measures: Measures): Promise<PostItem[]> {
  const rows = await itemRows(db, postId);
  const files = rows.flatMap((row) => (isInLibrary(row) ? [measurable(row)] : []));
  const measured = await measures.of(files);
  return rows.map((row): PostItem => {
    const { runId, started_at, failure } = row;
    const media = mediaOf(row, measured);
    return {
      id: row.itemId,
      position: row.position,
      kind: KIND_OF_TYPE[row.media_type] ?? kindOfFile(row.mime_type) ?? 'unsupported',
      altText: row.alt_text,
      media,
      run:
        runId !== null && started_at
          ? { id: runId, startedAt: started_at.toISOString(), triggeredBy: row.triggered_by ?? 'unknown' }
          : null,
      failure:
        !media && failure !== null
          ? { reason: failure, times: row.failure_count, at: row.failed_at?.toISOString() ?? null }
          : null,
    };
  });
}

const itemRows = ({ query }: Database, postId: string) =>
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
type ItemRow = Awaited<ReturnType<typeof itemRows>>[number];

const KIND_OF_TYPE: Readonly<Record<string, PostItem['kind']>> = { IMAGE: 'image', VIDEO: 'video' };

/** For types that Instagram left out or that are new: by the file. */
const kindOfFile = (mime: string | null): PostItem['kind'] | undefined =>
  mime?.startsWith('image/') ? 'image' : mime?.startsWith('video/') ? 'video' : undefined;

type Saved = 'mediaId' | 'file_name' | 'file_path' | 'file_size' | 'file_hash';
type SavedRow = ItemRow & { [Column in Saved]: NonNullable<ItemRow[Column]> };

const isInLibrary = (row: ItemRow): row is SavedRow => row.mediaId !== null;

const measurable = (row: SavedRow) => ({
  id: row.mediaId,
  filePath: row.file_path,
  fileHash: row.file_hash,
  mimeType: row.mime_type ?? undefined,
});

function mediaOf(row: ItemRow, measured: Awaited<ReturnType<Measures['of']>>): PostItem['media'] {
  if (!isInLibrary(row)) return null;
  const { width = null, height = null, duration = null } = measured.get(row.mediaId) ?? {};
  return {
    id: row.mediaId,
    version: versionOf(row.file_hash),
    fileName: row.file_name,
    filePath: row.file_path,
    fileSize: row.file_size,
    sha256: row.file_hash,
    mimeType: row.mime_type,
    width,
    height,
    duration,
    isPoster: row.is_poster,
    backfilledAt: row.backfilled_at?.toISOString() ?? null,
    fileState: row.file_state,
  };
}
