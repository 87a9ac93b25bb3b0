import type { PostPage } from '../../backfill/ports.ts';
import { InstagramApiError, UnreadableEndError } from '../../errors.ts';
import type { Log } from '../../lib/log.ts';
import type { MediaId, Post, PostSource } from '../../media/item.ts';
import type { Graph } from '../graph/client.ts';
import type { LinkRenewal } from '../media/links.ts';
import type { Fields } from './fields.ts';
import { createLister, pathOf } from './lister.ts';
import { named, nextCursor, toPost } from './response-schemas.ts';

/** After so many pages in a row without a new post, the listing is taken to loop. */
const BARREN_PAGES = 50;

export interface WalkOptions {
  graph: Graph;
  /** The account's id, for the path. */
  accountId: string;
  /** Learns each page, whose links it may have to renew. */
  links: Pick<LinkRenewal, 'listed'>;
  fieldsOf: (source: PostSource) => Fields;
  log: Log;
}

/**
 * Lists an account's posts to the end, newest first, with their children. Only a page without `paging.next` is the last:
 * short and empty pages are normal. Posts listed twice are yielded once. An entry that cannot be read is yielded as a
 * post with a problem.
 *
 * @throws {InstagramApiError} also for a cursor that loops, or becomes invalid twice.
 * @throws {UnreadableEndError} after the last page that can be requested, if there may be more.
 */
export async function* walk(
  source: PostSource,
  { graph, accountId, links, fieldsOf, log }: WalkOptions,
  signal: AbortSignal,
): AsyncGenerator<PostPage> {
  const path = pathOf(source, accountId);
  const fields = fieldsOf(source);
  const refused = new Set<string>();
  const list = createLister({ graph, source, accountId, fields, signal });
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
      // A cursor becomes invalid if its post is deleted. Start again from the top, without what was seen.
      if (cursor === undefined || restarts > 0 || !isDeadCursor(error)) throw error;
      restarts += 1;
      patience = BARREN_PAGES + number;
      cursor = undefined;
      seenCursors = new Set();
      continue;
    }
    const posts: Post[] = [];
    const nodes = page.data.map((node, index) => named(node, `Entry ${index + 1} on page ${number} of ${path}`));
    for (const listed of nodes.filter(isNew)) {
      const node = await list.whole(listed);
      const { nodes: children, ...more } = await list.children(node);
      const post = toPost(node, source, { nodes: children.filter((child) => child.problem || isNew(child)), ...more });
      if (post.unread) log.debug(`fields of the post ${post.id} that could not be read: ${post.unread.join(', ')}`);
      posts.push(post);
    }
    const at = cursor;
    links.listed(posts, async () => (await list.page(at)).data);
    cursor = nextCursor(page.paging);
    const isLast = !page.paging.hasNext;
    const notAvailable = fields.refused();
    const more = notAvailable.filter((name) => !refused.has(name));
    if (more.length > 0) log.info(`Instagram does not provide ${more.join(', ')} of ${path}: stored values stay`);
    for (const name of more) refused.add(name);
    yield {
      source,
      number,
      posts,
      isLast,
      usage: graph.used(),
      ...(notAvailable.length > 0 ? { notAvailable } : {}),
    };

    if (isLast) return;
    if (cursor === undefined)
      throw new UnreadableEndError(
        `Posts after page ${number} of ${path} could not be listed: Instagram's answer lacks the cursor`,
      );
    barren = posts.length > 0 ? 0 : barren + 1;
    if (seenCursors.has(cursor) || barren >= patience) {
      throw new InstagramApiError(`Paging loop in ${path}: nothing new after page ${number}`, {
        hint: 'Run the same command again; the library keeps what it has.',
      });
    }
    seenCursors.add(cursor);
  }
}

const isDeadCursor = (error: unknown): boolean =>
  error instanceof InstagramApiError && (error.code === 2642 || (error.code === 100 && /cursor/i.test(error.message)));
