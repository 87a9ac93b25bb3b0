import type { Database } from '../db/open.ts';
import type { PostKind } from './filter.ts';
import type { MeasuredFile, Measures } from './measure.ts';
import { versionOf } from './media-file.ts';

/** `partial`: some items are there. `poster`: of a video only its still is. `missing`: nothing is there. */
export type PostState = 'whole' | 'partial' | 'poster' | 'missing';

/** A file of the library; its version changes with its bytes. */
export interface MediaReference {
  readonly id: string;
  readonly version: string;
}

/** A post as it stands in the grid. */
export interface PostTile {
  readonly id: string;
  readonly kind: PostKind;
  readonly postedAt: Date | undefined;
  readonly items: number;
  /** How many of them are in the library, and not known to be missing on disk. */
  readonly kept: number;
  /** How many are in the library, but their files are known to be missing on disk. */
  readonly gone: number;
  readonly state: PostState;
  readonly cover: MediaReference | undefined;
  /** Seconds of a single video. */
  readonly duration: number | undefined;
  readonly likes: number | undefined;
  /** The first words of the alt text, or else of the caption. */
  readonly text: string;
}

interface PostRow {
  readonly instagram_media_id: string;
  readonly kind: PostKind;
  readonly posted_at: Date | null;
  readonly item_count: number;
  readonly like_count: number | null;
  readonly caption: string | null;
}

interface Item {
  readonly mediaType: string;
  readonly altText: string | null;
  readonly isPoster: boolean;
  /** Absent where it is not in the library. */
  readonly file: MeasuredFile | undefined;
  /** True where its file is known to be missing on disk. */
  readonly isGone: boolean;
}

/** The tiles of posts, in their order. */
export async function tilesOf(db: Database, posts: readonly PostRow[], measures: Measures): Promise<PostTile[]> {
  if (posts.length === 0) return [];
  const items = await itemsOf(
    db,
    posts.map((post) => post.instagram_media_id),
  );
  const videos = [...items.values()].flatMap((own) => singleVideo(own) ?? []);
  const measured = videos.length === 0 ? undefined : await measures.of(videos);
  return posts.map((post) => {
    const own = items.get(post.instagram_media_id) ?? [];
    const video = singleVideo(own);
    return tileOf(post, own, video && measured?.get(video.id)?.duration);
  });
}

/** Of each post its items, in the order of the album. */
async function itemsOf({ query }: Database, ids: readonly string[]): Promise<ReadonlyMap<string, Item[]>> {
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
  const items = new Map<string, Item[]>(ids.map((id) => [id, []]));
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

function singleVideo([item, another]: readonly Item[]): MeasuredFile | undefined {
  return another || item?.mediaType !== 'VIDEO' || item.isPoster || item.isGone ? undefined : item.file;
}

function tileOf(post: PostRow, items: readonly Item[], duration: number | undefined): PostTile {
  const kept = items.filter(({ file, isGone }) => file && !isGone);
  const gone = items.filter(({ isGone }) => isGone);
  const count = items.length || post.item_count;
  // One that is missing is asked for too: that is how it is noticed that it is there again.
  const cover = (kept[0] ?? gone[0])?.file;
  return {
    id: post.instagram_media_id,
    kind: post.kind,
    postedAt: post.posted_at ?? undefined,
    items: count,
    kept: kept.length,
    gone: gone.length,
    state: stateOf(kept, count),
    cover: cover && { id: cover.id, version: versionOf(cover.fileHash) },
    duration,
    likes: post.like_count ?? undefined,
    text: firstWords(items[0]?.altText || post.caption || ''),
  };
}

function stateOf(kept: readonly Item[], count: number): PostState {
  if (kept.length === 0) return 'missing';
  if (kept.length < count) return 'partial';
  return kept.some(({ isPoster }) => isPoster) ? 'poster' : 'whole';
}

const FIRST_WORDS = 140;

/** On one line, and cut between characters. */
function firstWords(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  if (characters.length <= FIRST_WORDS) return characters.join('');
  return `${characters.slice(0, FIRST_WORDS).join('').trimEnd()}…`;
}
