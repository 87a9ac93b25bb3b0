import * as z from 'zod';
import type { FileStore } from '../../files/file-store.ts';
import { isMediaId } from '../../media/file-name.ts';
import { systemCode } from '../look.ts';
import { SIDECAR_FORMAT } from '../sidecars.ts';

const text = z.string().nullable();
const number = z.number().int().nonnegative().nullable();
const moment = z.iso.datetime().nullable();
const instagramId = z.string().refine(isMediaId);

const sidecarShape = z.object({
  format: z.literal(SIDECAR_FORMAT),
  id: instagramId,
  instagram_account_id: text,
  source: z.enum(['feed', 'stories', 'collaborations']),
  media_type: z.string(),
  product_type: text,
  caption: text,
  permalink: text,
  shortcode: text,
  username: text,
  posted_at: moment,
  like_count: number,
  comments_count: number,
  is_shared_to_feed: z.boolean().nullable(),
  items: z.array(
    z.object({
      id: instagramId,
      position: z.number().int(),
      media_type: z.string(),
      alt_text: text,
      posted_at: moment,
      file: text,
      size: number,
      sha256: text,
      mime_type: text,
      is_poster: z.boolean(),
      backfilled_at: moment,
    }),
  ),
});

export type ParsedSidecar = z.infer<typeof sidecarShape>;
export type ParsedItem = ParsedSidecar['items'][number];

/** Undefined if the file is not a valid sidecar, or cannot be read. */
export async function readSidecar(store: FileStore, key: string): Promise<ParsedSidecar | undefined> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of store.open(key)) parts.push(part);
    const parsed = sidecarShape.safeParse(JSON.parse(Buffer.concat(parts).toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) systemCode(error);
    return undefined;
  }
}
