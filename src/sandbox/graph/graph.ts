import type { FaultPlan, FaultTarget, Flavour } from '../faults.ts';
import type { IssuedToken, IssuedTokens } from '../oauth/issued-tokens.ts';
import { unreadableToken } from '../oauth/token-errors.ts';
import type { SandboxAccount, SandboxPost } from '../post.ts';
import { accountNode } from './account-node.ts';
import { createPageNodes } from './facebook-pages.ts';
import { targetOf } from './fault-target.ts';
import { parseFields } from './field-list.ts';
import {
  catchRefusal,
  type GraphAnswer,
  graphError,
  missingField,
  missingObject,
  Refusal,
  unknownPath,
  unsupported,
} from './graph-error.ts';
import type { GraphRequest, ReadRequest } from './graph-request.ts';
import { createListing } from './listing.ts';
import { type NodeContext, nodeOf } from './media-node.ts';
import { lackOfPermission, permissionsAnswer } from './permissions.ts';
import type { Profile, Profiles } from './profiles.ts';

interface GraphInput {
  readonly profiles: Profiles;
  readonly tokens: IssuedTokens;
  readonly faultPlan: () => FaultPlan;
  readonly maxPageSize: number;
  readonly sign: NodeContext['sign'];
}

/** Instagram lists no more than this, however many there are. */
const MOST_LISTED = 10_000;

/** Answers reading requests of either flavour. */
export function createGraph({ profiles, tokens, faultPlan, maxPageSize, sign }: GraphInput) {
  const contextOf = (target: FaultTarget, flavour: Flavour, account: SandboxAccount): NodeContext => {
    const refused = faultPlan().all('refuse-field', target);
    const overlays = (mediaId: string) => faultPlan().all('raw-fields', { ...target, mediaId });
    return {
      account,
      flavour,
      sign,
      refuses: (field, of) => refused.find((fault) => fault.field === field && (fault.of ?? of) === of),
      overlay: ({ id }) => Object.assign({}, ...overlays(id).map(({ fields }) => fields)),
    };
  };
  const targetFor = (request: GraphRequest) => targetOf(request, (id) => profiles.byId(id) !== undefined);
  const listing = createListing({ faultPlan, maxPageSize, contextOf, targetFor });
  const pageNodes = createPageNodes({ profiles, tokens });

  const permitted = (token: IssuedToken, isMediaList = false) => {
    const lack = lackOfPermission(token, { isMediaList });
    if (lack) throw new Refusal(lack);
  };
  const held = (token: IssuedToken, id: string) => {
    for (const { account, accountMedia } of profiles.of(token)) {
      const found = accountMedia.find(id);
      if (found) return { account, ...found };
    }
    throw new Refusal(missingObject(id));
  };

  const mediaNode = (read: ReadRequest, token: IssuedToken, id: string) => {
    const { account, post, album } = held(token, id);
    permitted(token);
    const context = contextOf({ ...targetFor(read), mediaId: id }, read.flavour, account);
    return nodeOf(post, read.fields, context, album);
  };

  const reached = (token: IssuedToken, id: string) => profiles.of(token).find(({ account }) => account.id === id);

  const account = (read: ReadRequest, token: IssuedToken, profile: Profile) => {
    permitted(token);
    return accountNode(read, profile, listing);
  };

  const many = (read: ReadRequest, token: IssuedToken) => {
    const ids = read.query.get('ids')?.split(',').filter(Boolean);
    if (!ids) throw new Refusal({ code: 100, type: 'GraphMethodException', message: 'Unsupported get request.' });
    const one = (id: string) => {
      const profile = reached(token, id);
      return profile ? account(read, token, profile) : mediaNode(read, token, id);
    };
    return Object.fromEntries(ids.map((id) => [id, one(id)]));
  };

  const accountEdge = (read: ReadRequest, token: IssuedToken, { account, accountMedia }: Profile) => {
    const edge = read.path.split('/')[2] ?? '';
    const path = `/${account.id}/${edge}`;
    const isFacebook = read.flavour === 'facebook';
    const postsOf: Record<string, () => readonly SandboxPost[]> = {
      media: () => accountMedia.feed().slice(0, MOST_LISTED),
      stories: accountMedia.stories,
      ...(isFacebook && { collaborative_media: accountMedia.collaborations }),
    };
    const posts = Object.hasOwn(postsOf, edge) ? postsOf[edge] : undefined;
    if (!posts) throw new Refusal(missingField(edge, isFacebook ? 'ShadowIGUser' : 'IGUser'));
    permitted(token, edge === 'media');
    return listing(read, { account, posts: posts(), path });
  };

  const children = (read: ReadRequest, token: IssuedToken, id: string) => {
    const { account, post } = held(token, id);
    permitted(token);
    const query = new URLSearchParams(read.query);
    query.set('limit', read.query.get('limit') ?? '100');
    return listing({ ...read, query }, { account, posts: post.children ?? [], path: read.path, album: post });
  };

  const pageNode = (read: ReadRequest, token: IssuedToken, id: string) => {
    const page = pageNodes.page(read, token, id);
    if (!page) throw new Refusal(missingObject(id));
    return page;
  };

  /** What `/me` is: of a Page token the Page, of an Instagram token the account. */
  const mine = (read: ReadRequest, token: IssuedToken, edge: string | undefined) => {
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

  const answer = (read: ReadRequest, token: IssuedToken): unknown => {
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
    return catchRefusal(() => {
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
