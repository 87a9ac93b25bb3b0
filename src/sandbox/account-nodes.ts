import type { Field } from './field-list.ts';
import type { Holdings, Read } from './graph.ts';
import { missingField, Refusal } from './graph-error.ts';
import type { Listing } from './listing.ts';
import type { Node } from './nodes.ts';
import type { SandboxAccount } from './post.ts';
import type { Tokens } from './tokens.ts';

export const PAGE_ID = '100000000000001';
const USER_ID = '10000000000000001';

interface AccountNodesInput {
  readonly account: SandboxAccount;
  readonly tokens: Tokens;
  readonly holdings: Holdings;
  readonly listing: Listing;
}

/** The nodes that are no media: the account, the Facebook user that signed in, and the Page between them. */
export function createAccountNodes({ account, tokens, holdings, listing }: AccountNodesInput) {
  const linked = (fields: readonly Field[] | undefined) =>
    chosen({ id: account.id, username: account.username, name: account.name }, fields ?? [], 'ShadowIGUser');

  const page = ({ fields }: Pick<Read, 'fields'>): Node => {
    const values = {
      id: PAGE_ID,
      name: account.name,
      access_token: tokens.page,
      category: 'Photographer',
      tasks: ['MANAGE', 'CREATE_CONTENT'],
      instagram_business_account: linked(fields.find(({ name }) => name === 'instagram_business_account')?.fields),
    };
    return chosen(values, fields, 'Page');
  };

  return {
    page,
    /** Without `fields` the Page's usual ones. */
    pages: ({ fields }: Read) => {
      const usual = ['id', 'name', 'access_token', 'category', 'tasks'].map((name) => ({ name, modifiers: {} }));
      return {
        data: [page({ fields: fields.length > 0 ? fields : usual })],
        paging: { cursors: { before: 'QVFIUpage', after: 'QVFIUpage' } },
      };
    },
    user: ({ fields }: Read) => chosen({ id: USER_ID, name: account.name }, fields, 'User'),
    account(read: Read, id: string): Node {
      const isInstagram = read.flavour === 'instagram';
      const expanded = (name: 'media' | 'stories') => {
        const field = read.fields.find((asked) => asked.name === name);
        const path = `/${account.id}/${name}`;
        const query = new URLSearchParams(field?.modifiers ?? {});
        const posts = name === 'media' ? holdings.feed() : holdings.stories();
        return field && listing({ ...read, path, query, fields: field.fields ?? [] }, { posts, path });
      };
      const values = {
        id,
        username: account.username,
        name: account.name,
        ig_id: Number(account.appScopedId),
        media_count: holdings.mediaCount(),
        followers_count: 1284,
        follows_count: 311,
        biography: 'A stand-in, for trying things out.',
        website: undefined,
        profile_picture_url: undefined,
        media: expanded('media'),
        stories: expanded('stories'),
        ...(isInstagram && { user_id: account.id, account_type: 'BUSINESS' }),
      };
      return chosen(values, read.fields, isInstagram ? 'IGUser' : 'ShadowIGUser');
    },
  };
}

/** The fields asked for, and the id always. */
function chosen(values: Node, fields: readonly Field[], nodeType: string): Node {
  const missing = fields.find(({ name }) => !(name in values));
  if (missing) throw new Refusal(missingField(missing.name, nodeType));
  return Object.fromEntries(['id', ...fields.map(({ name }) => name)].map((name) => [name, values[name]]));
}
