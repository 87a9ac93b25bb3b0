import { InstagramApiError, TooMuchDataError } from '../errors.ts';
import { isMediaId } from '../media/file-name.ts';
import type { MediaId, PostSource } from '../media/item.ts';
import { createFields, type Fields } from './fields.ts';
import { type Graph, stopsTheRun } from './graph.ts';
import { createPageSize, LARGEST_PAGE } from './page-size.ts';
import { type Node, nextCursor, nodeListing, type PostNode, postListing, postNode, read } from './wire.ts';

/** The edge of the account that lists each source. */
const EDGES: Readonly<Record<PostSource, string>> = {
  feed: 'media',
  stories: 'stories',
  collaborations: 'collaborative_media',
};

export const pathOf = (source: PostSource, accountId: string): string => `${accountId}/${EDGES[source]}`;

/** Asks for the posts of one edge of the account, with as many fields and as many at a time as Instagram allows. */
export function createLister(graph: Graph, source: PostSource, accountId: string, signal: AbortSignal) {
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

  /** One post, with its children. */
  const post = async (id: MediaId): Promise<PostNode> => {
    const ask = () => graph.get(id, { fields: fields.ofPosts({ children: source !== 'stories' }) }, signal);
    return read(postNode, await adapting(fields, noSmaller, ask), `GET /${id}`);
  };

  return { page, post, children };
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
