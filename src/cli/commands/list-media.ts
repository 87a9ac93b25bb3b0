import type { OnDisk } from '../../backfill/ports.ts';
import { listMediaItems, type MediaFilter, type MediaView } from '../../catalogue/media-items.ts';
import type { Stores } from '../../files/stores.ts';
import { formatBytes } from '../../lib/format.ts';
import { lookAtFile } from '../../library/look.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, renderTable } from '../terminal.ts';
import { libraryConfig, withApp } from '../with-app.ts';

type Options = MediaFilter & { sandbox: boolean; json: boolean };

/** Characters of a caption in the table. */
const CAPTION_WIDTH = 40;

export async function listMedia(options: Options, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(
    context,
    async ({ db, stores, belonging }) => {
      if ('problem' in belonging) context.log.warn(`${belonging.problem}. ${belonging.hint}`);
      const items = await listMediaItems(db, options);
      const states = await fileStatesOf(items, stores);
      if (options.json) {
        terminal.json({
          media: items.map((item) => ({ ...toJson(item), file_state: states.get(item.id) ?? null })),
          next_after: items.length < options.limit ? null : items.at(-1)?.id,
        });
        return EXIT.done;
      }
      if (items.length === 0) {
        terminal.print('No media found. Bring some in with: storyline-cli backfill-instagram');
        return EXIT.done;
      }
      const isMarked = [...states.values()].some((state) => state !== 'there');
      const rows = items.map((item) => [
        item.postedAt?.toISOString().slice(0, 16).replace('T', ' ') ?? '-',
        kindOf(item),
        item.fileName,
        formatBytes(item.fileSize),
        ...(isMarked ? [markOf(states.get(item.id))] : []),
        shorten(oneLine(item.caption ?? '')),
      ]);
      terminal.print(
        renderTable(['Posted (UTC)', 'Kind', 'File', 'Size', ...(isMarked ? ['On disk'] : []), 'Caption'], rows),
      );
      const last = items.length < options.limit ? undefined : items.at(-1);
      if (last) terminal.print(`More: storyline-cli list-media --after ${last.id}`);
      return EXIT.done;
    },
    libraryConfig(context, options),
  );
}

/** A look at the files of this page: the disk knows better than what is remembered of it. */
async function fileStatesOf(items: readonly MediaView[], stores: Stores): Promise<Map<string, OnDisk>> {
  const states = new Map<string, OnDisk>();
  for (const { id, filePath, fileSize, fileHash, sourceType, fileState } of items) {
    const row = { file_path: filePath, file_size: fileSize, file_hash: fileHash, source_type: sourceType };
    const look = await lookAtFile(stores, row);
    // A file of the right size can still have been found altered when it was read.
    if (look) states.set(id, look.onDisk === 'there' && fileState === 'altered' ? 'changed' : look.onDisk);
  }
  return states;
}

const markOf = (state: OnDisk | undefined): string => (state === undefined || state === 'there' ? '' : state);

function kindOf({ mimeType, post, isPoster }: MediaView): string {
  const kind = isPoster ? 'poster only' : (mimeType?.split('/')[0] ?? 'unknown');
  if (post?.productType === 'STORY') return `story, ${kind}`;
  if (post && post.itemCount > 1) return `${kind} ${post.position}/${post.itemCount}`;
  return post?.productType === 'REELS' && kind === 'video' ? 'reel' : kind;
}

function shorten(text: string): string {
  const letters = [...text];
  return letters.length > CAPTION_WIDTH ? `${letters.slice(0, CAPTION_WIDTH - 1).join('')}…` : text;
}

const toJson = (item: MediaView) => ({
  id: item.id,
  instagram_media_id: item.instagramMediaId ?? null,
  file_path: item.filePath,
  file_name: item.fileName,
  file_size: item.fileSize,
  file_hash: item.fileHash,
  mime_type: item.mimeType ?? null,
  category: item.category ?? null,
  caption: item.caption ?? null,
  alt_text: item.altText ?? null,
  posted_at: item.postedAt?.toISOString() ?? null,
  backfilled_at: item.backfilledAt?.toISOString() ?? null,
  times_posted: item.timesPosted,
  is_poster: item.isPoster,
  post: item.post
    ? {
        id: item.post.id,
        permalink: item.post.permalink ?? null,
        media_type: item.post.mediaType,
        product_type: item.post.productType ?? null,
        position: item.post.position,
        item_count: item.post.itemCount,
        like_count: item.post.likeCount ?? null,
        comments_count: item.post.commentsCount ?? null,
      }
    : null,
});
