import { formatBytes } from '../../lib/format.ts';
import { listMediaItems, type MediaFilter, type MediaView } from '../../library/media-items.ts';
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
    async ({ db, belonging }) => {
      if ('problem' in belonging) context.log.warn(`${belonging.problem}. ${belonging.hint}`);
      const items = await listMediaItems(db, options);
      if (options.json) {
        terminal.json({ media: items.map(toJson), next_after: items.length < options.limit ? null : items.at(-1)?.id });
        return EXIT.done;
      }
      if (items.length === 0) {
        terminal.print('No media found. Bring some in with: storyline-cli backfill-instagram');
        return EXIT.done;
      }
      const rows = items.map((item) => [
        item.postedAt?.toISOString().slice(0, 16).replace('T', ' ') ?? '-',
        kindOf(item),
        item.fileName,
        formatBytes(item.fileSize),
        shorten(oneLine(item.caption ?? '')),
      ]);
      terminal.print(renderTable(['Posted (UTC)', 'Kind', 'File', 'Size', 'Caption'], rows));
      const last = items.length < options.limit ? undefined : items.at(-1);
      if (last) terminal.print(`More: storyline-cli list-media --after ${last.id}`);
      return EXIT.done;
    },
    libraryConfig(context, options),
  );
}

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
