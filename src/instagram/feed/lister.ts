import { InstagramApiError, TooMuchDataError } from '../../errors.ts';
import { isMediaId } from '../../media/file-name.ts';
import type { MediaId, PostSource } from '../../media/item.ts';
import { type Graph, stopsTheRun } from '../graph/client.ts';
import { createFields, type Fields } from './fields.ts';
import { isAlbum, isBare, type Node, type PostNode } from './media-node.ts';
import { createPageSize, LARGEST_PAGE } from './page-size.ts';
import { type Children, nextCursor, nodeListing, postListing, postNode, read } from './response-schemas.ts';

/** The edge of the account that lists each source. */
const EDGES: Readonly<Record<PostSource, string>> = {
  feed: 'media',
  stories: 'stories',
  collaborations: 'collaborative_media',
};

export const pathOf = (source: PostSource, accountId: string): string => `${accountId}/${EDGES[source]}`;

/** Which fields each listing is asked for, for as long as the API is open: what one refuses, another may give. */
export function createFieldsOf(): (source: PostSource) => Fields {
  const fields = new Map<PostSource, Fields>();
  return (source) => {
    const made = fields.get(source) ?? createFields({ children: source !== 'stories' });
    fields.set(source, made);
    return made;
  };
}

export interface ListerOptions {
  graph: Graph;
  source: PostSource;
  accountId: string;
  fields: Fields;
  signal: AbortSignal;
}

/** Asks for the posts of one edge of the account, with as many fields and as many at a time as Instagram allows. */
export function createLister({ graph, source, accountId, fields, signal }: ListerOptions) {
  const path = pathOf(source, accountId);
  const size = createPageSize();

  const page = async (cursor: string | undefined) => {
    const answer = await fields.ask('posts', (list) =>
      withSmallerPages(size.tooMuch, () =>
        graph.get(
          path,
          { fields: list, limit: String(size.current()), ...(cursor === undefined ? {} : { after: cursor }) },
          signal,
        ),
      ),
    );
    size.wentWell();
    return read(postListing, answer, `GET /${path}`);
  };

  const childrenPage = async (childrenPath: string, after: string | undefined) => {
    const params = { limit: String(LARGEST_PAGE), ...(after ? { after } : {}) };
    const answer = await fields.ask('children', (list) => graph.get(childrenPath, { fields: list, ...params }, signal));
    return read(nodeListing, answer, `GET /${childrenPath}`);
  };

  /** The children behind a cursor, or all of them; those that were listed before an error stay. */
  const listChildren = async (album: MediaId, from: string | undefined): Promise<Children> => {
    const nodes: Node[] = [];
    const seen = new Set<string>();
    let after = from;
    try {
      for (;;) {
        const { data, paging } = await childrenPage(`${album}/children`, after);
        nodes.push(...data);
        if (!paging.hasNext) return { nodes };
        after = nextCursor(paging);
        if (after === undefined || seen.has(after)) return { nodes, unlisted: 'their pages lead nowhere' };
        seen.add(after);
      }
    } catch (error) {
      // One album that cannot be read costs no more than itself.
      return { nodes, unlisted: reasonOf(error) };
    }
  };

  /** An album's children come with it; the rest of a long album, and those that came bare or not at all, by calls of their own. */
  const children = async (album: PostNode): Promise<Children> => {
    if (!isAlbum(album) || album.problem) return { nodes: [] };
    const shown = album.children?.data ?? [];
    const paging = album.children?.paging ?? { hasNext: false, after: undefined };
    if (!isMediaId(album.id)) return { nodes: [], unlisted: 'its id is no Instagram id' };
    if (shown.length === 0 || shown.some(isBare)) {
      const listed = await listChildren(album.id, undefined);
      const fresh = new Set(listed.nodes.map(({ id }) => id));
      const rest = shown.filter(({ id }) => !fresh.has(id));
      // Where the album itself named all of its children, none is unlisted.
      const isComplete = shown.length > 0 && !paging.hasNext;
      return { ...(isComplete ? {} : listed), nodes: [...listed.nodes, ...rest] };
    }
    if (!paging.hasNext) return { nodes: shown };
    const more = await listChildren(album.id, paging.after);
    const known = new Set(shown.map(({ id }) => id));
    return { ...more, nodes: [...shown, ...more.nodes.filter(({ id }) => !known.has(id) || id === '')] };
  };

  /** One post, with its children. */
  const post = async (id: MediaId): Promise<PostNode> => {
    const answer = await fields.ask('posts', (list) => graph.get(id, { fields: list }, signal));
    return read(postNode(id), answer, `GET /${id}`);
  };

  /** A post that was listed as its id alone is asked for by a call of its own. */
  const whole = async (node: PostNode): Promise<PostNode> => {
    if (!isBare(node) || !isMediaId(node.id)) return node;
    try {
      const { unread, ...told } = await post(node.id);
      return { ...node, ...told, unread: [...node.unread, ...unread] };
    } catch (error) {
      return { ...node, problem: `Instagram listed it as an id only. ${reasonOf(error)}` };
    }
  };

  return { page, post, whole, children };
}

/** Why one object could not be read. @throws what the next one would meet too. */
function reasonOf(error: unknown): string {
  if (!(error instanceof InstagramApiError) || stopsTheRun(error)) throw error;
  return error.message;
}

/** Asks again for fewer posts, where that is what was wrong. */
async function withSmallerPages<T>(smaller: () => boolean, ask: () => Promise<T>): Promise<T> {
  while (true) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TooMuchDataError) || !smaller()) throw error;
    }
  }
}
