import type { Unfinished } from '../backfill/ports.ts';
import type { Database } from '../db/open.ts';
import type { Item, MediaId } from '../media/item.ts';

const KINDS: Readonly<Record<string, Item['kind']>> = { IMAGE: 'image', VIDEO: 'video', CAROUSEL_ALBUM: 'image' };

/** The account's items that failed, and videos of which only the still is kept, or just the damaged ones; newest first. */
export async function listUnfinished(
  { query }: Database,
  accountId: string,
  damaged: ReadonlySet<MediaId> | undefined,
): Promise<Unfinished[]> {
  let select = query
    .selectFrom('instagram_items as item')
    .innerJoin('instagram_posts as post', 'post.instagram_media_id', 'item.post_id')
    .select([
      'item.instagram_media_id as id',
      'item.position',
      'item.media_type',
      'item.media_item_id',
      'post.instagram_media_id as post_id',
      'post.source',
      'post.posted_at',
      'post.caption',
    ])
    .select((row) =>
      row
        .selectFrom('instagram_posts as newer')
        .select((count) => count.fn.countAll<number>().as('count'))
        .whereRef('newer.account_id', '=', 'post.account_id')
        .where('newer.source', '=', 'feed')
        .where((when) =>
          when.or([when('post.posted_at', 'is', null), when('newer.posted_at', '>=', when.ref('post.posted_at'))]),
        )
        .as('depth'),
    )
    .where('post.account_id', '=', accountId)
    .orderBy('post.posted_at', 'desc')
    .orderBy('post.instagram_media_id')
    .orderBy('item.position');
  select = damaged
    ? select.where('item.instagram_media_id', 'in', [...damaged])
    : select.where((row) =>
        row.or([
          row.and([row('item.failed_at', 'is not', null), row('item.media_item_id', 'is', null)]),
          row.and([row('item.is_poster', '=', true), row('item.media_item_id', 'is not', null)]),
        ]),
      );
  const rows = await select.execute();
  return rows.map((row) => ({
    item: {
      id: row.id,
      postId: row.post_id,
      position: row.position,
      kind: KINDS[row.media_type] ?? 'unsupported',
      mediaType: row.media_type,
      ...(row.posted_at ? { postedAt: row.posted_at } : {}),
      ...(row.caption ? { caption: row.caption } : {}),
    },
    post: { id: row.post_id, source: row.source, depth: Number(row.depth) },
    hasPoster: !damaged && row.media_item_id !== null,
  }));
}
