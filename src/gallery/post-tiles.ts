import type { PostTile } from '../contract/posts.ts';
import type { PostKind } from '../contract/values.ts';
import type { Database } from '../db/open.ts';
import type { MeasuredFile, Measures } from './measure.ts';
import { versionOf } from './media-item.ts';

interface PostRow {
  readonly instagram_media_id: string;
  readonly kind: PostKind;
  readonly posted_at: Date | null;
  readonly item_count: number;
  readonly like_count: number | null;
  readonly caption: string | null;
}

interface TileItem {
  readonly mediaType: string;
  readonly altText: string | null;
  readonly isPoster: boolean;
  /** Undefined if the item is not in the library. */
  readonly file: MeasuredFile | undefined;
  /** True if the file is known to be missing on disk. */
  readonly isGone: boolean;
}

/** The tiles of posts, in the order of the posts. */
export async function postTiles(db: Database, posts: readonly PostRow[], measures: Measures): Promise<PostTile[]> {
  if (posts.length === 0) return [];
  const items = await itemsByPost(
    db,
    posts.map((post) => post.instagram_media_id),
  );
  const videos = [...items.values()].flatMap((own) => singleVideo(own) ?? []);
  const measured = videos.length === 0 ? undefined : await measures.of(videos);
  return posts.map((post) => {
    const own = items.get(post.instagram_media_id) ?? [];
    const video = singleVideo(own);
    return postTile(post, own, (video && measured?.get(video.id)?.duration) ?? null);
  });
}

/** The items of each post, in the order of the album. */
async function itemsByPost({ query }: Database, ids: readonly string[]): Promise<ReadonlyMap<string, TileItem[]>> {
  const rows = await query
    .selectFrom('instagram_items')
    .leftJoin('media_items', 'media_items.id', 'instagram_items.media_item_id')
    .leftJoin('media_file_states', 'media_file_states.media_item_id', 'instagram_items.media_item_id')
    .select([
      'media_file_states.state',
      'instagram_items.post_id',
      'instagram_items.media_type',
      'instagram_items.alt_text',
      'instagram_items.is_poster',
      'media_items.id',
      'media_items.file_path',
      'media_items.file_hash',
      'media_items.mime_type',
    ])
    .where('instagram_items.post_id', 'in', ids)
    .orderBy('instagram_items.position')
    .orderBy('instagram_items.instagram_media_id')
    .execute();
  const items = new Map<string, TileItem[]>(ids.map((id) => [id, []]));
  for (const row of rows) {
    const { id, file_path: filePath, file_hash: fileHash, mime_type } = row;
    const isKept = id !== null && filePath !== null && fileHash !== null;
    items.get(row.post_id)?.push({
      mediaType: row.media_type,
      altText: row.alt_text,
      isPoster: row.is_poster,
      file: isKept ? { id, filePath, fileHash, mimeType: mime_type ?? undefined } : undefined,
      isGone: isKept && row.state === 'missing',
    });
  }
  return items;
}

function singleVideo([item, another]: readonly TileItem[]): MeasuredFile | undefined {
  return another || item?.mediaType !== 'VIDEO' || item.isPoster || item.isGone ? undefined : item.file;
}

function postTile(post: PostRow, items: readonly TileItem[], duration: number | null): PostTile {
  const kept = items.filter(({ file, isGone }) => file && !isGone);
  const gone = items.filter(({ isGone }) => isGone);
  const itemCount = items.length || post.item_count;
  // The page requests the cover even if it is missing: that is how the server notices that it is back.
  const cover = (kept[0] ?? gone[0])?.file;
  return {
    id: post.instagram_media_id,
    kind: post.kind,
    postedAt: post.posted_at?.toISOString() ?? null,
    itemCount,
    kept: kept.length,
    gone: gone.length,
    state: stateOf(kept, itemCount),
    cover: cover ? { id: cover.id, version: versionOf(cover.fileHash) } : null,
    duration,
    likes: post.like_count,
    text: firstWords(items[0]?.altText || post.caption || ''),
  };
}

function stateOf(kept: readonly TileItem[], itemCount: number): PostTile['state'] {
  if (kept.length === 0) return 'missing';
  if (kept.length < itemCount) return 'partial';
  return kept.some(({ isPoster }) => isPoster) ? 'poster' : 'whole';
}

/** Characters. */
const TEXT_LENGTH = 140;

/** The beginning of a text, on one line. */
function firstWords(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  if (characters.length <= TEXT_LENGTH) return characters.join('');
  return `${characters.slice(0, TEXT_LENGTH).join('').trimEnd()}…`;
}
