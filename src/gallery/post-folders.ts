import type { Database } from '../db/open.ts';
import { StorylineError } from '../errors.ts';
import type { Stores } from '../files/stores.ts';
import { csvLine } from '../lib/csv.ts';
import { safeName, untaken } from '../lib/safe-name.ts';
import { fileOfRow, PLACE_COLUMNS } from '../library/row-files.ts';
import { describePosts, type Sidecar } from '../library/sidecars.ts';
import { fileStem } from '../media/file-name.ts';
import type { SeenFile } from './file-notes.ts';
import type { ZipEntry } from './zip.ts';

interface Library {
  readonly db: Database;
  readonly stores: Stores;
  /** Called for each file, with its present size on disk. */
  readonly saw?: (file: SeenFile) => Promise<void>;
}

/** The contents of a download. */
export interface PostFolders {
  readonly entries: readonly ZipEntry[];
  readonly posts: number;
  /** Images and videos. */
  readonly files: number;
}

/** Posts in one query. */
const BATCH = 500;

/**
 * The contents of a download: a folder for each post, with its files and everything known about it, and a table of all
 * posts. Missing files are left out and listed.
 */
export async function postFolders(library: Library, postIds: readonly string[], now: Date): Promise<PostFolders> {
  const sidecars = await describePosts({ db: library.db, store: library.stores.media }, postIds);
  const kinds = await kindsOf(library.db, postIds);
  const files = await filesOf(library.db, postIds);
  const entries: ZipEntry[] = [];
  const table = [csvLine(['id', 'kind', 'posted_at', 'permalink', 'likes', 'comments', 'caption', 'files'])];
  const missing: string[] = [];
  let count = 0;
  for (const id of postIds) {
    const sidecar = sidecars.get(id);
    if (!sidecar) continue;
    const folder = await postFolder(library, sidecar, files.get(id) ?? []);
    entries.push(...folder.entries);
    missing.push(...folder.missing);
    count += folder.files.length;
    table.push(
      csvLine([
        id,
        kinds.get(id) ?? null,
        sidecar.posted_at,
        sidecar.permalink,
        sidecar.like_count,
        sidecar.comments_count,
        sidecar.caption,
        folder.files.join('; '),
      ]),
    );
  }
  // The byte order mark tells spreadsheets that it is UTF-8.
  entries.unshift(text('README.txt', README, now), text('posts.csv', `\ufeff${table.join('')}`, now));
  if (missing.length > 0) entries.unshift(text('missing.txt', `${MISSING}${missing.join('\r\n')}\r\n`, now));
  return { entries, posts: sidecars.size, files: count };
}

const README = [
  'Posts of an Instagram account, downloaded by Storyline.',
  '',
  'Each post has a folder, named after the time it was posted (UTC) and its id. It contains',
  '  the images and videos, as downloaded from Instagram',
  '  post.json: everything known about the post and its files',
  '  caption.txt: the caption, if there is one',
  '',
  'posts.csv is a table of all posts, for spreadsheets (UTF-8).',
  'missing.txt, if present, lists files that could not be included.',
  '',
].join('\r\n');

const MISSING = 'These files could not be included:\r\n\r\n';

type FileRow = Awaited<ReturnType<typeof fileRows>>[number];

async function postFolder(library: Library, sidecar: Sidecar, rows: readonly FileRow[]) {
  const postedAt = sidecar.posted_at === null ? undefined : new Date(sidecar.posted_at);
  const folder = fileStem({ id: sidecar.id, ...(postedAt ? { postedAt } : {}) });
  const taken = new Set(['post.json', 'caption.txt']);
  const entries: ZipEntry[] = [];
  const missing: string[] = [];
  /** By media item: two items of a post may share a file. */
  const names = new Map<string, string>();
  const nameOfItem = new Map<string, string>();
  for (const row of rows) {
    if (row.media === null) {
      missing.push(`${folder}/${row.itemId}: not in the library`);
      continue;
    }
    const known = names.get(row.media.id);
    const name = known ?? untaken(safeName(row.media.fileName), taken);
    const entry = known === undefined ? await fileEntry(library, row.media, `${folder}/${name}`) : undefined;
    if (typeof entry === 'string') missing.push(`${folder}/${name}: ${entry}`);
    else {
      if (entry) entries.push(entry);
      names.set(row.media.id, name);
      nameOfItem.set(row.itemId, name);
    }
  }
  // In the ZIP, the files are in the same folder.
  const items = sidecar.items.map((item) => ({ ...item, file: nameOfItem.get(item.id) ?? null }));
  const when = postedAt ?? entries[0]?.modifiedAt ?? new Date(0);
  const described = text(`${folder}/post.json`, `${JSON.stringify({ ...sidecar, items }, null, 2)}\n`, when);
  const caption = sidecar.caption ? [text(`${folder}/caption.txt`, `${sidecar.caption}\n`, when)] : [];
  return { entries: [described, ...caption, ...entries], missing, files: entries.map(({ name }) => name) };
}

/** A file of the library, or why it cannot be included. */
async function fileEntry(
  library: Library,
  { id: mediaItemId, fileSize, row }: NonNullable<FileRow['media']>,
  name: string,
): Promise<ZipEntry | string> {
  try {
    const { store, key } = fileOfRow(library.stores, row);
    const info = await store.stat(key);
    await library.saw?.({ id: mediaItemId, fileSize, stored: info });
    if (!info) return 'the file is missing on disk; download it again with: storyline-cli verify-library --repair';
    const { size, modifiedAt } = info;
    // One byte more than its size, to notice if it has grown.
    return { name, size, modifiedAt, open: () => store.open(key, { start: 0, end: size }) };
  } catch (error) {
    if (error instanceof StorylineError) return error.message;
    throw error;
  }
}

function text(name: string, content: string, modifiedAt: Date): ZipEntry {
  const bytes = Buffer.from(content);
  return {
    name,
    size: bytes.length,
    modifiedAt,
    async *open() {
      yield bytes;
    },
  };
}

async function kindsOf({ query }: Database, postIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const kinds = new Map<string, string>();
  for (const ids of batches(postIds)) {
    const rows = await query
      .selectFrom('instagram_posts')
      .select(['instagram_media_id as id', 'kind'])
      .where('instagram_media_id', 'in', ids)
      .execute();
    for (const { id, kind } of rows) kinds.set(id, kind);
  }
  return kinds;
}

async function filesOf(db: Database, postIds: readonly string[]): Promise<ReadonlyMap<string, FileRow[]>> {
  const files = new Map<string, FileRow[]>();
  for (const ids of batches(postIds)) {
    for (const row of await fileRows(db, ids)) files.set(row.postId, [...(files.get(row.postId) ?? []), row]);
  }
  return files;
}

async function fileRows({ query }: Database, postIds: readonly string[]) {
  const rows = await query
    .selectFrom('instagram_items as item')
    .leftJoin('media_items as media', 'media.id', 'item.media_item_id')
    .leftJoin('media_places as place', 'place.media_item_id', 'media.id')
    .select([
      ...PLACE_COLUMNS,
      'item.instagram_media_id as itemId',
      'item.post_id as postId',
      'media.id',
      'media.file_path as filePath',
      'media.file_name as fileName',
      'media.file_size as fileSize',
      'media.source_type as sourceType',
    ])
    .where('item.post_id', 'in', postIds)
    .orderBy('item.position')
    .execute();
  return rows.map(({ itemId, postId, id, filePath, fileName, fileSize, sourceType, place_store, place_key }) => ({
    itemId,
    postId,
    media:
      id === null || filePath === null || fileName === null || fileSize === null || sourceType === null
        ? null
        : { id, fileName, fileSize, row: { file_path: filePath, source_type: sourceType, place_store, place_key } },
  }));
}

function* batches(ids: readonly string[]): Generator<string[]> {
  for (let from = 0; from < ids.length; from += BATCH) yield ids.slice(from, from + BATCH);
}
