import { pageOf } from './edge.ts';
import type { Endpoint, Flavour, Occasion, Strikes } from './faults.ts';
import { type Field, parseFields } from './field-list.ts';
import { type GraphAnswer, graphError, missingField, missingObject, Refusal } from './graph-error.ts';
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
    const refused = new Set(
      strikes()
        .all('refuse-field', occasion)
        .map(({ field }) => field),
    );
    return {
      account,
      flavour,
      sign,
      refuses: (field) => refused.has(field),
      overlay: ({ id }) =>
        Object.assign(
          {},
          ...strikes()
            .all('raw-fields', { ...occasion, mediaId: id })
            .map(({ fields }) => fields),
        ),
    };
  };

  const listing = (request: GraphRequest, posts: readonly SandboxPost[], path: string, album?: SandboxPost) => {
    const { flavour, query } = request;
    const occasion = { ...occasionOf(request, account.id), flavour };
    const context = contextOf(occasion, flavour);
    const fields = parseFields(query.get('fields') ?? '');
    const page = pageOf(posts, { query, maxPageSize, strikes: strikes(), occasion });
    const data = page.posts.map((post) => nodeOf(post, fields, context, album));
    if (!page.cursors || album) return { data };
    const link = (name: string, cursor: string) => {
      const url = new URL(`${request.base}${request.version ? `/${request.version}` : ''}${path}`);
      url.searchParams.set('access_token', request.token ?? '');
      url.searchParams.set('pretty', '0');
      for (const key of ['fields', 'limit', 'since', 'until'])
        if (query.has(key)) url.searchParams.set(key, query.get(key) ?? '');
      url.searchParams.set(name, cursor);
      return url.href;
    };
    const paging = {
      cursors: page.cursors,
      ...(page.previous && { previous: link('before', page.previous) }),
      ...(page.next && { next: link('after', page.next) }),
    };
    return { data, paging };
  };

  const accountNode = (request: GraphRequest, viaMe: boolean) => {
    const isInstagram = request.flavour === 'instagram';
    const values: Record<string, unknown> = {
      id: isInstagram && viaMe ? account.appScopedId : account.id,
      username: account.username,
      name: account.name,
      media_count: holdings.mediaCount(),
      followers_count: 1284,
      follows_count: 311,
      biography: 'A stand-in, for trying things out.',
      website: undefined,
      profile_picture_url: undefined,
      ...(isInstagram && { user_id: account.id, account_type: 'BUSINESS' }),
    };
    const read = (field: Field): unknown => {
      const nested = { media: () => holdings.feed(), stories: () => holdings.stories() }[field.name];
      if (nested) {
        const query = new URLSearchParams({ ...field.modifiers, fields: render(field.fields ?? []) });
        const path = `/${account.id}/${field.name}`;
        return listing({ ...request, path, query }, nested(), path);
      }
      if (!(field.name in values)) throw new Refusal(missingField(field.name, isInstagram ? 'IGUser' : 'ShadowIGUser'));
      return values[field.name];
    };
    const fields = parseFields(request.query.get('fields') ?? '');
    return { ...Object.fromEntries(fields.map((field) => [field.name, read(field)])), id: values.id };
  };

  const mediaNode = (request: GraphRequest, id: string) => {
    const found = holdings.find(id);
    if (!found) throw new Refusal(missingObject(id));
    const context = contextOf({ ...occasionOf(request, account.id), mediaId: id }, request.flavour);
    return nodeOf(found.post, parseFields(request.query.get('fields') ?? ''), context, found.album);
  };

  const pages = () => ({
    data: [
      {
        id: '100000000000001',
        name: account.name,
        access_token: tokens.page,
        instagram_business_account: { id: account.id, username: account.username },
      },
    ],
    paging: { cursors: { before: 'QVFIUpage', after: 'QVFIUpage' } },
  });

  const read = (request: GraphRequest): unknown => {
    const { flavour, query } = request;
    const [first, edge, ...more] = request.path.split('/').filter(Boolean);
    const isFacebook = flavour === 'facebook';
    if (more.length > 0)
      throw new Refusal({ code: 2500, message: `Unknown path components: /${[edge, ...more].join('/')}` });
    if (first === undefined) {
      const ids = query.get('ids')?.split(',').filter(Boolean);
      if (!ids) throw new Refusal({ code: 100, type: 'GraphMethodException', message: 'Unsupported get request.' });
      return Object.fromEntries(
        ids.map((id) => [id, id === account.id ? accountNode(request, false) : mediaNode(request, id)]),
      );
    }
    const isMe = first === 'me';
    if (isMe && isFacebook && edge === 'accounts') return pages();
    if (isMe && isFacebook && edge === undefined) return { id: '10000000000000001', name: account.name };
    if (first === account.id || (isMe && !isFacebook)) {
      if (edge === undefined) return accountNode(request, isMe);
      const path = `/${account.id}/${edge}`;
      if (edge === 'media') return listing(request, holdings.feed().slice(0, MOST_LISTED), path);
      if (edge === 'stories') return listing(request, holdings.stories(), path);
      if (edge === 'collaborative_media' && isFacebook) return listing(request, holdings.collaborations(), path);
      throw new Refusal(missingField(edge, isFacebook ? 'ShadowIGUser' : 'IGUser'));
    }
    if (edge === undefined) return mediaNode(request, first);
    const album = holdings.find(first)?.post;
    if (!album) throw new Refusal(missingObject(first));
    if (edge !== 'children') throw new Refusal({ code: 2500, message: `Unknown path components: /${edge}` });
    const all = new URLSearchParams(query);
    all.set('limit', query.get('limit') ?? '100');
    return listing({ ...request, query: all }, album.children ?? [], request.path, album);
  };

  return (request: GraphRequest): GraphAnswer => {
    const bad = tokens.refusal(request.token, request.flavour);
    if (bad) return graphError(bad);
    if (request.method === 'DELETE' && request.path === '/me/permissions') {
      tokens.revoke(458);
      return { status: 200, body: { success: true } };
    }
    if (request.method !== 'GET')
      return graphError({
        code: 100,
        type: 'GraphMethodException',
        message: `Unsupported ${request.method.toLowerCase()} request.`,
      });
    try {
      return { status: 200, body: read(request) };
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      if (error instanceof SyntaxError) return graphError({ code: 2500, message: error.message });
      throw error;
    }
  };
}

function render(fields: readonly Field[]): string {
  return fields
    .map(({ name, modifiers, fields: inner }) => {
      const hung = Object.entries(modifiers).map(([key, value]) => `.${key}(${value})`);
      return `${name}${hung.join('')}${inner ? `{${render(inner)}}` : ''}`;
    })
    .join(',');
}
