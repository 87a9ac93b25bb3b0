import { type ListedMedia, listMedia } from '../../app/list-media.ts';
import { formatBytes } from '../../lib/format.ts';
import type { OptionsOf } from '../command.ts';
import type { listMedia as command } from '../commands/list-media.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, renderTable } from '../terminal.ts';
import { libraryConfig, withApp } from '../with-app.ts';

/** Characters of a caption in the table. */
const CAPTION_WIDTH = 40;

export async function run(options: OptionsOf<typeof command>, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(
    context,
    async (app) => {
      const { belonging } = app;
      if ('problem' in belonging) context.log.warn(`${belonging.problem}. ${belonging.hint}`);
      const items = await listMedia(app, options);
      const next = items.length < options.limit ? undefined : items.at(-1)?.id;
      if (options.json) terminal.json({ media: items.map(toJson), next_after: next ?? null });
      else if (items.length === 0) {
        terminal.print('No media found. To download some: storyline-cli backfill-instagram');
      } else {
        terminal.print(table(items));
        if (next) terminal.print(`More: storyline-cli list-media --after ${next}`);
      }
      return EXIT.done;
    },
    libraryConfig(context, options),
  );
}

function table(items: readonly ListedMedia[]): string {
  const isMarked = items.some(({ onDisk }) => onDisk !== undefined && onDisk !== 'there');
  return renderTable(
    ['Posted (UTC)', 'Kind', 'File', 'Size', ...(isMarked ? ['On disk'] : []), 'Caption'],
    items.map((item) => [
      item.postedAt?.toISOString().slice(0, 16).replace('T', ' ') ?? '-',
      kindOf(item),
      item.fileName,
      formatBytes(item.fileSize),
      ...(isMarked ? [item.onDisk === undefined || item.onDisk === 'there' ? '' : item.onDisk] : []),
      shorten(oneLine(item.caption ?? '')),
    ]),
  );
}

function kindOf({ mimeType, post, isPoster }: ListedMedia): string {
  const kind = isPoster ? 'still only' : (mimeType?.split('/')[0] ?? 'unknown');
  if (post?.productType === 'STORY') return `story, ${kind}`;
  if (post && post.itemCount > 1) return `${kind} ${post.position}/${post.itemCount}`;
  return post?.productType === 'REELS' && kind === 'video' ? 'reel' : kind;
}

function shorten(text: string): string {
  const letters = [...text];
  return letters.length > CAPTION_WIDTH ? `${letters.slice(0, CAPTION_WIDTH - 1).join('')}…` : text;
}

const toJson = (item: ListedMedia) => ({
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
  file_state: item.onDisk ?? null,
});
