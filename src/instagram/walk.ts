import type { PostPage } from '../backfill/ports.ts';
import { InstagramApiError, TooMuchDataError } from '../errors.ts';
import { isMediaId } from '../media/file-name.ts';
import type { MediaId, Post, PostSource } from '../media/item.ts';
import { createFields, type Fields } from './fields.ts';
import { type Graph, stopsTheRun } from './graph.ts';
import type { LinkRenewal } from './links.ts';
import { createPageSize, LARGEST_PAGE } from './page-size.ts';
import { accountNode, type Node, nextCursor, nodeListing, type PostNode, postListing, read, toPost } from './wire.ts';

/** The edge of the account that lists each source. */
const EDGES: Readonly<Record<PostSource, string>> = {
  feed: 'media',
  stories: 'stories',
  collaborations: 'collaborative_media',
};

/** Instagram lists the most recent posts only, and no more than this many. */
const LISTED_AT_MOST = 10_000;

/** So many pages in a row without a new post: the listing leads nowhere. */
const BARREN_PAGES = 50;

const pathOf = (source: PostSource, accountId: string): string => `${accountId}/${EDGES[source]}`;

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
  let listed = 0;
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
    listed += posts.length;
    const beyondReach =
      isLast && source === 'feed' && listed >= LISTED_AT_MOST ? (await list.count()) - listed : undefined;
    yield {
      source,
      number,
      posts,
      isLast,
      ...(beyondReach !== undefined && beyondReach > 0 ? { beyondReach } : {}),
      usage: { calls: graph.calls(), percent: graph.usage().percent },
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

function createLister(graph: Graph, source: PostSource, accountId: string, signal: AbortSignal) {
  const path = pathOf(source, accountId);
  const fields = createFields();
  const size = createPageSize();

  const page = async (cursor: string | undefined) => {
    const answer = await adapting(fields, size.tooMuch, () =>
      graph.get(
        path,
        {
          fields: fields.ofPosts({ children: source !== 'stories' }),
          limit: String(size.current()),
          ...(cursor === undefined ? {} : { after: cursor }),
        },
        signal,
      ),
    );
    size.wentWell();
    return read(postListing, answer, `GET /${path}`);
  };

  /** An album's children come with it; the rest of a long album, and those of one that came bare, by calls of their own. */
  const children = async (album: PostNode): Promise<readonly Node[]> => {
    if (album.media_type !== 'CAROUSEL_ALBUM' || !isMediaId(album.id)) return [];
    const found = [...(album.children?.data ?? [])];
    let after = nextCursor(album.children?.paging);
    if (album.children && after === undefined) return found;
    try {
      do {
        const more = await childrenPage(`${album.id}/children`, after);
        found.push(...more.data);
        const next = nextCursor(more.paging);
        after = next === after ? undefined : next;
      } while (after !== undefined);
    } catch (error) {
      // One album that cannot be read costs no more than itself: without items it counts as failed.
      if (!(error instanceof InstagramApiError) || stopsTheRun(error)) throw error;
      return [];
    }
    return found;
  };

  const childrenPage = async (childrenPath: string, after: string | undefined) => {
    const params = () => ({ fields: fields.ofChildren(), limit: String(LARGEST_PAGE), ...(after ? { after } : {}) });
    const answer = await adapting(fields, noSmaller, () => graph.get(childrenPath, params(), signal));
    return read(nodeListing, answer, `GET /${childrenPath}`);
  };

  /** How many posts the account has, as Instagram counts them. */
  const count = async (): Promise<number> => {
    const answer = await graph.get(accountId, { fields: 'media_count' }, signal);
    return read(accountNode, answer, `GET /${accountId}`).media_count ?? 0;
  };

  return { page, children, count };
}

const noSmaller = () => false;

/** Asks again with fewer fields, or for fewer posts, where that is what was wrong. */
async function adapting<T>(fields: Fields, smaller: () => boolean, ask: () => Promise<T>): Promise<T> {
  while (true) {
    try {
      return await ask();
    } catch (error) {
      const canAdapt = error instanceof TooMuchDataError ? smaller() : fields.leaveOut(error);
      if (!canAdapt) throw error;
    }
  }
}
