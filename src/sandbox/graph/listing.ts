import type { FaultPlan, FaultTarget, Flavour } from '../faults.ts';
import type { SandboxAccount, SandboxPost } from '../post.ts';
import type { GraphRequest, ReadRequest } from './graph-request.ts';
import { type Node, type NodeContext, nodeOf } from './media-node.ts';
import { pageOf } from './paging.ts';

interface ListingInput {
  readonly faultPlan: () => FaultPlan;
  readonly maxPageSize: number;
  readonly contextOf: (target: FaultTarget, flavour: Flavour, account: SandboxAccount) => NodeContext;
  readonly targetFor: (request: GraphRequest) => FaultTarget;
}

interface ListSource {
  /** Whose posts they are. */
  readonly account: SandboxAccount;
  readonly posts: readonly SandboxPost[];
  /** Of the list itself, by the account's own id: what `next` leads to, however it was asked for. */
  readonly path: string;
  /** The children of an album come without paging, as they do in the recorded answers. */
  readonly album?: SandboxPost;
}

export type Listing = (read: ReadRequest, listed: ListSource) => { data: Node[]; paging?: unknown };

/** Answers an edge: one page of nodes, with cursors and full addresses of the pages next to it. */
export const createListing =
  ({ faultPlan, maxPageSize, contextOf, targetFor }: ListingInput): Listing =>
  (read, { account, posts, path, album }) => {
    const target = { ...targetFor(read), flavour: read.flavour };
    const context = contextOf(target, read.flavour, account);
    const page = pageOf(posts, { query: read.query, maxPageSize, faultPlan: faultPlan(), target });
    const data = page.posts.map((post) => nodeOf(post, read.fields, context, album));
    for (const { entries } of faultPlan().all('odd-entries', target)) data.unshift(...(entries as Node[]));
    const odd = faultPlan().first(['raw-paging'], target);
    if (odd) return { data, paging: odd.paging };
    if (!page.cursors || album) return { data };
    const paging = {
      cursors: page.cursors,
      ...(page.previous && { previous: addressOf(read, path, { before: page.previous }) }),
      ...(page.next && { next: addressOf(read, path, { after: page.next }) }),
    };
    return { data, paging };
  };

/** Of a page of a list. Contains the token, as Meta's own do. */
export function addressOf(
  { base, version, token, query }: ReadRequest,
  path: string,
  cursor: Record<string, string>,
): string {
  const url = new URL(`${base}${version ? `/${version}` : ''}${path}`);
  url.searchParams.set('access_token', token ?? '');
  url.searchParams.set('pretty', '0');
  for (const name of ['fields', 'limit', 'since', 'until'])
    if (query.has(name)) url.searchParams.set(name, query.get(name) ?? '');
  for (const [name, value] of Object.entries(cursor)) url.searchParams.set(name, value);
  return url.href;
}
