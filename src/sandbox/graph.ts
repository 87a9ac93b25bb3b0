import { createAccountNodes, PAGE_ID } from './account-nodes.ts';
import type { Endpoint, Flavour, Occasion, Strikes } from './faults.ts';
import { type Field, parseFields } from './field-list.ts';
import { type GraphAnswer, graphError, missingField, missingObject, Refusal } from './graph-error.ts';
import { createListing } from './listing.ts';
import { type NodeContext, nodeOf } from './nodes.ts';
import type { SandboxAccount, SandboxPost } from './post.ts';
import type { Tokens } from './tokens.ts';

export interface GraphRequest {
  readonly method: string;
  readonly flavour: Flavour;
  /** Where the flavour begins, as `http://127.0.0.1:1234/graph.facebook.com`. */
  readonly base: string;
  /** As it came, `v25.0`, or nothing. */
  readonly version: string | undefined;
  /** Behind the version. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
}

/** What is read at an address: the fields asked for come parsed with it. */
export interface Read extends GraphRequest {
  readonly fields: readonly Field[];
}

/** What there is to be read, at this moment. */
export interface Holdings {
  feed(): readonly SandboxPost[];
  stories(): readonly SandboxPost[];
  collaborations(): readonly SandboxPost[];
  /** Any post or child that still is; the album of a child comes with it. */
  find(id: string): { post: SandboxPost; album?: SandboxPost } | undefined;
  mediaCount(): number;
}

interface GraphInput {
  readonly account: SandboxAccount;
  readonly holdings: Holdings;
  readonly tokens: Tokens;
  readonly strikes: () => Strikes;
  readonly maxPageSize: number;
  readonly sign: NodeContext['sign'];
}

/** Instagram lists no more than this, however many there are. */
const MOST_LISTED = 10_000;

const EDGES: Readonly<Record<string, Endpoint>> = {
  media: 'media-edge',
  stories: 'stories',
  collaborative_media: 'collaborations',
  children: 'children',
};

/** Which endpoint a path belongs to, and which item it is about. */
export function occasionOf(
  { path, flavour, query }: Pick<GraphRequest, 'path' | 'flavour' | 'query'>,
  accountId: string,
): Occasion {
  const [id = '', edge] = path.split('/').filter(Boolean);
  const endpoint = edge === undefined ? undefined : EDGES[edge];
  if (endpoint) return { endpoint, flavour, ...(endpoint === 'children' && { mediaId: id }) };
  if (id === '' && query.has('ids')) return { endpoint: 'node', flavour };
  return /^\d+$/.test(id) && id !== accountId && !edge
    ? { endpoint: 'node', flavour, mediaId: id }
    : { endpoint: 'account', flavour };
}

/** How many calls a request counts as. */
export const callsOf = ({ query }: Pick<GraphRequest, 'query'>) => query.get('ids')?.split(',').length ?? 1;

/** Answers reading requests of either flavour. */
export function createGraph({ account, holdings, tokens, strikes, maxPageSize, sign }: GraphInput) {
  const contextOf = (occasion: Occasion, flavour: Flavour): NodeContext => {
    const refused = strikes().all('refuse-field', occasion);
    const overlays = (mediaId: string) => strikes().all('raw-fields', { ...occasion, mediaId });
    return {
      account,
      flavour,
      sign,
      refuses: (field) => refused.some((fault) => fault.field === field),
      overlay: ({ id }) => Object.assign({}, ...overlays(id).map(({ fields }) => fields)),
    };
  };
  const occasionFor = (request: GraphRequest) => occasionOf(request, account.id);
  const listing = createListing({ strikes, maxPageSize, contextOf, occasionFor });
  const nodes = createAccountNodes({ account, tokens, holdings, listing });

  const mediaNode = (read: Read, id: string) => {
    const found = holdings.find(id);
    if (!found) throw new Refusal(missingObject(id));
    const context = contextOf({ ...occasionFor(read), mediaId: id }, read.flavour);
    return nodeOf(found.post, read.fields, context, found.album);
  };

  const many = (read: Read) => {
    const ids = read.query.get('ids')?.split(',').filter(Boolean);
    if (!ids) throw new Refusal({ code: 100, type: 'GraphMethodException', message: 'Unsupported get request.' });
    return Object.fromEntries(ids.map((id) => [id, id === account.id ? nodes.account(read, id) : mediaNode(read, id)]));
  };

  const accountEdge = (read: Read, edge: string) => {
    const path = `/${account.id}/${edge}`;
    if (edge === 'media') return listing(read, { posts: holdings.feed().slice(0, MOST_LISTED), path });
    if (edge === 'stories') return listing(read, { posts: holdings.stories(), path });
    if (edge === 'collaborative_media' && read.flavour === 'facebook')
      return listing(read, { posts: holdings.collaborations(), path });
    throw new Refusal(missingField(edge, read.flavour === 'facebook' ? 'ShadowIGUser' : 'IGUser'));
  };

  const children = (read: Read, id: string) => {
    const album = holdings.find(id)?.post;
    if (!album) throw new Refusal(missingObject(id));
    const query = new URLSearchParams(read.query);
    query.set('limit', read.query.get('limit') ?? '100');
    return listing({ ...read, query }, { posts: album.children ?? [], path: read.path, album });
  };

  const answer = (read: Read): unknown => {
    const [id, edge, ...more] = read.path.split('/').filter(Boolean);
    const isFacebook = read.flavour === 'facebook';
    if (id === undefined) return many(read);
    if (more.length > 0) throw unknownPath([edge ?? '', ...more]);
    if (isFacebook && id === 'me') {
      if (edge === undefined) return nodes.user(read);
      if (edge === 'accounts') return nodes.pages(read);
      throw unknownPath([edge]);
    }
    if (id === account.id || id === 'me') {
      const nodeId = id === 'me' ? account.appScopedId : account.id;
      return edge === undefined ? nodes.account(read, nodeId) : accountEdge(read, edge);
    }
    if (isFacebook && id === PAGE_ID && edge === undefined) return nodes.page(read);
    if (edge === undefined) return mediaNode(read, id);
    if (edge === 'children') return children(read, id);
    throw unknownPath([edge]);
  };

  return (request: GraphRequest): GraphAnswer => {
    const bad = tokens.refusal(request.token, request.flavour);
    if (bad) return graphError(bad);
    const { method, path, query } = request;
    if (method === 'DELETE' && path === '/me/permissions') {
      tokens.revoke(458);
      return { status: 200, body: { success: true } };
    }
    if (method !== 'GET')
      return graphError({ ...UNSUPPORTED, message: `Unsupported ${method.toLowerCase()} request.` });
    try {
      return { status: 200, body: answer({ ...request, fields: parseFields(query.get('fields') ?? '') }) };
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      if (error instanceof SyntaxError) return graphError({ code: 2500, message: error.message });
      throw error;
    }
  };
}

const UNSUPPORTED = { code: 100, type: 'GraphMethodException' };

const unknownPath = (parts: readonly string[]) =>
  new Refusal({ code: 2500, message: `Unknown path components: /${parts.join('/')}` });
