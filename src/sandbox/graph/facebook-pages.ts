import type { IssuedToken, IssuedTokens } from '../oauth/issued-tokens.ts';
import type { Field } from './field-list.ts';
import { Refusal } from './graph-error.ts';
import type { ReadRequest } from './graph-request.ts';
import { addressOf } from './listing.ts';
import { type Node, pickFields } from './media-node.ts';
import type { Profiles, SandboxPage } from './profiles.ts';

interface PageNodesInput {
  readonly profiles: Profiles;
  readonly tokens: IssuedTokens;
}

const DEFAULT_LIMIT = 25;
const USUAL = ['access_token', 'category', 'name', 'id', 'tasks'].map((name) => ({ name, modifiers: {} }));
const ALL_TASKS = ['ADVERTISE', 'ANALYZE', 'CREATE_CONTENT', 'MESSAGING', 'MODERATE', 'MANAGE'];

/** Facebook's side of it: the person that signed in, and the Pages between them and their Instagram accounts. */
export function createPageNodes({ profiles, tokens }: PageNodesInput) {
  const linked = (page: SandboxPage, token: IssuedToken, fields: readonly Field[] = []): Node | undefined => {
    const profile = token.scopes.includes('instagram_basic') ? profiles.linkedTo(page) : undefined;
    if (!profile) return undefined;
    const { id, username, name } = profile.account;
    return pickFields({ id, username, name, media_count: profile.accountMedia.mediaCount() }, fields, 'ShadowIGUser');
  };

  const node = (page: SandboxPage, token: IssuedToken, fields: readonly Field[]): Node => {
    const account = fields.find(({ name }) => name === 'instagram_business_account');
    const values = {
      id: page.id,
      name: page.name,
      access_token: token.kind === 'page' ? token.value : tokens.pageToken(token, page.id).value,
      category: page.category ?? 'Photographer',
      tasks: page.tasks ?? ALL_TASKS,
      instagram_business_account: account && linked(page, token, account.fields),
    };
    return pickFields(values, fields, 'Page');
  };

  return {
    /** `/me/accounts`: the Pages that the permissions let through, without a word about the others. */
    list(read: ReadRequest, token: IssuedToken) {
      const pages = profiles.pagesOf(token);
      const fields = read.fields.length > 0 ? read.fields : USUAL;
      const { shown, cursors, before, after } = windowOf(pages, read.query);
      const data = shown.map((page) => node(page, token, fields));
      if (!cursors) return { data };
      const path = `/${token.userId}/accounts`;
      return {
        data,
        paging: {
          cursors,
          ...(before && { previous: addressOf(read, path, { before }) }),
          ...(after && { next: addressOf(read, path, { after }) }),
        },
      };
    },
    page(read: ReadRequest, token: IssuedToken, id: string): Node | undefined {
      const page = profiles.pagesOf(token).find((candidate) => candidate.id === id);
      return page && node(page, token, read.fields);
    },
    user: ({ fields }: ReadRequest, { userId }: IssuedToken) =>
      pickFields({ id: userId, name: profiles.own.account.name }, fields, 'User'),
  };
}

const cursorOf = (page: SandboxPage) => Buffer.from(`QVFI${page.id}`).toString('base64');

interface Window {
  readonly shown: readonly SandboxPage[];
  readonly cursors?: { readonly before: string; readonly after: string };
  /** The cursors that lead on, where there is more. */
  readonly before?: string;
  readonly after?: string;
}

function windowOf(pages: readonly SandboxPage[], query: URLSearchParams): Window {
  const limit = Math.max(1, Number(query.get('limit') ?? DEFAULT_LIMIT) || DEFAULT_LIMIT);
  const indexOf = (cursor: string) => {
    const index = pages.findIndex((page) => cursorOf(page) === cursor);
    if (index < 0) throw new Refusal({ code: 2642, message: '(#2642) Invalid cursors values' });
    return index;
  };
  const [after, before] = [query.get('after'), query.get('before')];
  const end = before ? indexOf(before) : undefined;
  const start = end !== undefined ? Math.max(0, end - limit) : after ? indexOf(after) + 1 : 0;
  const shown = pages.slice(start, end ?? start + limit);
  const [first, last] = [shown[0], shown.at(-1)];
  if (!first || !last) return { shown };
  const cursors = { before: cursorOf(first), after: cursorOf(last) };
  return {
    shown,
    cursors,
    ...(start > 0 && { before: cursors.before }),
    ...(start + shown.length < pages.length && { after: cursors.after }),
  };
}
