import type { Flavour, Occasion, Strikes } from '../faults.ts';
import type { IssuedToken, IssuedTokens } from '../oauth/issued-tokens.ts';
import { unreadableToken } from '../oauth/token-errors.ts';
import type { SandboxAccount, SandboxPost } from '../post.ts';
import { accountNode } from './account-node.ts';
import { occasionOf } from './endpoint.ts';
import { createPageNodes } from './facebook-pages.ts';
import { type Field, parseFields } from './field-list.ts';
import {
  answered,
  type GraphAnswer,
  graphError,
  missingField,
  missingObject,
  Refusal,
  unknownPath,
  unsupported,
} from './graph-error.ts';
import { createListing } from './listing.ts';
import { type NodeContext, nodeOf } from './media-node.ts';
import { lackOfPermission, permissionsAnswer } from './permissions.ts';
import type { Profile, Profiles } from './profiles.ts';

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
  readonly profiles: Profiles;
  readonly tokens: IssuedTokens;
  readonly strikes: () => Strikes;
  readonly maxPageSize: number;
  readonly sign: NodeContext['sign'];
}

/** Instagram lists no more than this, however many there are. */
const MOST_LISTED = 10_000;

/** Answers reading requests of either flavour. */
export function createGraph({ profiles, tokens, strikes, maxPageSize, sign }: GraphInput) {
  const contextOf = (occasion: Occasion, flavour: Flavour, account: SandboxAccount): NodeContext => {
    const refused = strikes().all('refuse-field', occasion);
    const overlays = (mediaId: string) => strikes().all('raw-fields', { ...occasion, mediaId });
    return {
      account,
      flavour,
      sign,
      refuses: (field, of) => refused.find((fault) => fault.field === field && (fault.of ?? of) === of),
      overlay: ({ id }) => Object.assign({}, ...overlays(id).map(({ fields }) => fields)),
    };
  };
  const occasionFor = (request: GraphRequest) => occasionOf(request, (id) => profiles.byId(id) !== undefined);
  const listing = createListing({ strikes, maxPageSize, contextOf, occasionFor });
  const pageNodes = createPageNodes({ profiles, tokens });

  const permitted = (token: IssuedToken, isMediaList = false) => {
    const lack = lackOfPermission(token, { isMediaList });
    if (lack) throw new Refusal(lack);
  };
  const held = (token: IssuedToken, id: string) => {
    for (const { account, holdings } of profiles.of(token)) {
      const found = holdings.find(id);
      if (found) return { account, ...found };
    }
    throw new Refusal(missingObject(id));
  };

  const mediaNode = (read: Read, token: IssuedToken, id: string) => {
    const { account, post, album } = held(token, id);
    permitted(token);
    const context = contextOf({ ...occasionFor(read), mediaId: id }, read.flavour, account);
    return nodeOf(post, read.fields, context, album);
  };

  const reached = (token: IssuedToken, id: string) => profiles.of(token).find(({ account }) => account.id === id);

  const account = (read: Read, token: IssuedToken, profile: Profile) => {
    permitted(token);
    return accountNode(read, profile, listing);
  };

  const many = (read: Read, token: IssuedToken) => {
    const ids = read.query.get('ids')?.split(',').filter(Boolean);
    if (!ids) throw new Refusal({ code: 100, type: 'GraphMethodException', message: 'Unsupported get request.' });
    const one = (id: string) => {
      const profile = reached(token, id);
      return profile ? account(read, token, profile) : mediaNode(read, token, id);
    };
    return Object.fromEntries(ids.map((id) => [id, one(id)]));
  };

  const accountEdge = (read: Read, token: IssuedToken, { account, holdings }: Profile) => {
    const edge = read.path.split('/')[2] ?? '';
    const path = `/${account.id}/${edge}`;
    const isFacebook = read.flavour === 'facebook';
    const postsOf: Record<string, () => readonly SandboxPost[]> = {
      media: () => holdings.feed().slice(0, MOST_LISTED),
      stories: holdings.stories,
      ...(isFacebook && { collaborative_media: holdings.collaborations }),
    };
    const posts = Object.hasOwn(postsOf, edge) ? postsOf[edge] : undefined;
    if (!posts) throw new Refusal(missingField(edge, isFacebook ? 'ShadowIGUser' : 'IGUser'));
    permitted(token, edge === 'media');
    return listing(read, { account, posts: posts(), path });
  };

  const children = (read: Read, token: IssuedToken, id: string) => {
    const { account, post } = held(token, id);
    permitted(token);
    const query = new URLSearchParams(read.query);
    query.set('limit', read.query.get('limit') ?? '100');
    return listing({ ...read, query }, { account, posts: post.children ?? [], path: read.path, album: post });
  };

  const pageNode = (read: Read, token: IssuedToken, id: string) => {
    const page = pageNodes.page(read, token, id);
    if (!page) throw new Refusal(missingObject(id));
    return page;
  };

  /** What `/me` is: of a Page token the Page, of an Instagram token the account. */
  const mine = (read: Read, token: IssuedToken, edge: string | undefined) => {
    const [profile] = profiles.of(token);
    if (token.flavour === 'instagram') {
      if (!profile) throw new Refusal(unknownPath([edge ?? 'me']));
      return edge === undefined ? account(read, token, profile) : accountEdge(read, token, profile);
    }
    if (edge !== undefined && edge !== 'accounts') throw new Refusal(unknownPath([edge]));
    if (token.kind === 'page') {
      if (edge) throw new Refusal(missingField(edge, 'Page'));
      return pageNode(read, token, token.pageId ?? '');
    }
    return edge === undefined ? pageNodes.user(read, token) : pageNodes.list(read, token);
  };

  const answer = (read: Read, token: IssuedToken): unknown => {
    const [id, edge, ...more] = read.path.split('/').filter(Boolean);
    if (id === undefined) return many(read, token);
    if (more.length > 0) throw new Refusal(unknownPath([edge ?? '', ...more]));
    const isMe = id === 'me' || (read.flavour === 'facebook' && id === token.userId && token.kind !== 'page');
    if (isMe) return mine(read, token, edge);
    const profile = reached(token, id);
    if (profile) return edge === undefined ? account(read, token, profile) : accountEdge(read, token, profile);
    const isPage = read.flavour === 'facebook' && profiles.pages.some((page) => page.id === id);
    if (isPage && edge === undefined) return pageNode(read, token, id);
    if (profiles.byId(id)) throw new Refusal(missingObject(id));
    if (edge === undefined) return mediaNode(read, token, id);
    if (edge === 'children') return children(read, token, id);
    throw new Refusal(unknownPath([edge]));
  };

  return (request: GraphRequest): GraphAnswer => {
    const bad = tokens.refusal(request.token, request.flavour);
    const token = tokens.find(request.token);
    if (bad || !token) return graphError(bad ?? unreadableToken());
    const { method, flavour, query } = request;
    const isFacebook = flavour === 'facebook';
    return answered(() => {
      const permissions = isFacebook && permissionsAnswer({ ...request, token }, tokens);
      if (permissions) return permissions;
      if (method !== 'GET') return graphError(unsupported(method, flavour));
      // The host does not serve accounts that are not professional, whatever is asked.
      if (!isFacebook && profiles.of(token)[0]?.accountType === 'PERSONAL')
        return graphError(unsupported(method, flavour));
      return { status: 200, body: answer({ ...request, fields: parseFields(query.get('fields') ?? '') }, token) };
    });
  };
}
