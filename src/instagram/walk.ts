import type { PostPage } from '../backfill/ports.ts';
import { InstagramApiError } from '../errors.ts';
import type { MediaId, Post, PostSource } from '../media/item.ts';
import type { Graph } from './graph.ts';
import type { LinkRenewal } from './links.ts';
import { createLister, pathOf } from './lister.ts';
import { nextCursor, toPost } from './wire.ts';

/** So many pages in a row without a new post: the listing leads nowhere. */
const BARREN_PAGES = 50;

export interface WalkOptions {
  graph: Graph;
  /** The account's id, for the path. */
  accountId: string;
  /** Told of each page, whose links it may have to renew. */
  links: Pick<LinkRenewal, 'listed'>;
}

/**
 * Lists an account's posts to the end, newest first, with their children. Ends where `paging.next` is absent and nowhere
 * else: short and empty pages are normal. What comes twice is passed on once.
 *
 * @throws {InstagramApiError} also for a cursor that loops, or dies twice.
 */
export async function* walk(
  source: PostSource,
  { graph, accountId, links }: WalkOptions,
  signal: AbortSignal,
): AsyncGenerator<PostPage> {
  const path = pathOf(source, accountId);
  const list = createLister(graph, source, accountId, signal);
  const seen = new Set<MediaId>();
  const isNew = ({ id }: { id: MediaId }) => {
    const before = seen.size;
    return seen.add(id).size > before;
  };
  let seenCursors = new Set<string>();
  let cursor: string | undefined;
  let restarts = 0;
  let barren = 0;
  let patience = BARREN_PAGES;

  for (let number = 1; ; number += 1) {
    let page: Awaited<ReturnType<typeof list.page>>;
    try {
      page = await list.page(cursor);
    } catch (error) {
      // A cursor dies when its post is deleted. The top is safe: what was seen is not passed on again.
      if (cursor === undefined || restarts > 0 || !isDeadCursor(error)) throw error;
      restarts += 1;
      patience = BARREN_PAGES + number;
      cursor = undefined;
      seenCursors = new Set();
      continue;
    }
    const posts: Post[] = [];
    for (const node of page.data.filter(isNew)) {
      posts.push(toPost(node, source, (await list.children(node)).filter(isNew)));
    }
    const at = cursor;
    links.listed(posts, async () => (await list.page(at)).data);
    cursor = nextCursor(page.paging);
    const isLast = page.paging?.next === undefined;
    yield {
      source,
      number,
      posts,
      isLast,
      usage: graph.used(),
    };

    if (isLast) return;
    barren = posts.length > 0 ? 0 : barren + 1;
    if (cursor === undefined || seenCursors.has(cursor) || barren >= patience) {
      throw new InstagramApiError(`The pages of ${path} lead in a circle: nothing new after page ${number}`, {
        hint: 'Run the same command again; what is in the library stays.',
      });
    }
    seenCursors.add(cursor);
  }
}

const isDeadCursor = (error: unknown): boolean =>
  error instanceof InstagramApiError && (error.code === 2642 || (error.code === 100 && /cursor/i.test(error.message)));
