import { InstagramApiError, StorylineError } from '../../errors.ts';
import { oneLine } from '../../lib/one-line.ts';
import { createFieldsOf, createLister } from '../feed/lister.ts';
import { meAnswer, nextCursor, pageListing, pageNode, read, toPost } from '../feed/response-schemas.ts';
import { type Flavour, type Graph, type GraphOptions, withGraph } from '../graph/client.ts';

/** A professional account that a token reaches. */
export interface ReachableAccount {
  readonly instagramId: string;
  readonly username: string;
  /** Instagram's count of posts. */
  readonly mediaCount: number | undefined;
  /** The linked Page and its own token; Facebook Login only. */
  readonly page: { readonly id: string; readonly name: string; readonly token: string | undefined } | undefined;
}

/** What the first page of an account's feed shows. */
export interface FirstPage {
  readonly posts: number;
  readonly files: number;
  readonly newest: Date | undefined;
}

/** The token works, but reaches no professional account. */
export class NoAccountError extends StorylineError {}

type ReachOptions = Omit<GraphOptions, 'dispatcher' | 'token'>;

const ACCOUNT = 'instagram_business_account{id,username,media_count}';
/** Pages per call; nobody has more than a few hundred. */
const PAGES_PER_CALL = '100';

/**
 * The professional accounts that a token reaches: its own for Instagram Login, those linked to the person's Pages for
 * Facebook Login.
 *
 * @throws {NoAccountError} if there is none, with the likely reason.
 * @throws {InstagramApiError}
 */
export async function reachableAccounts(
  token: { flavour: Flavour; value: string },
  options: ReachOptions,
  signal: AbortSignal,
): Promise<ReachableAccount[]> {
  return withGraph(token, options, (graph) =>
    token.flavour === 'instagram' ? ownAccount(graph, signal) : accountsOfPages(graph, signal),
  );
}

async function ownAccount(graph: Graph, signal: AbortSignal): Promise<ReachableAccount[]> {
  const fields = 'id,user_id,username,account_type,media_count';
  const answer = await graph.get('me', { fields }, signal).catch((error: unknown) => {
    throw isUnreadable(error) ? personal('This') : error;
  });
  const me = read(meAnswer, answer, 'GET /me');
  if (me.account_type === 'PERSONAL') throw personal(`@${me.username ?? me.id}`);
  // `id` is specific to the app; `user_id` is the account's id.
  const instagramId = me.user_id ?? me.id;
  if (!instagramId) throw new NoAccountError('Instagram does not say which account the token belongs to');
  return [{ instagramId, username: oneLine(me.username ?? instagramId), mediaCount: me.media_count, page: undefined }];
}

/** Meta does not document its message for a personal account; this one was reported. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof InstagramApiError && error.code === 100 && /unsupported request/i.test(error.message);

const personal = (who: string) =>
  new NoAccountError(`${who} is a personal account, which no app can read`, {
    hint: 'Switch it to a professional account (Business or Creator) in the Instagram app, then sign in again.',
  });

async function accountsOfPages(graph: Graph, signal: AbortSignal): Promise<ReachableAccount[]> {
  const pages = (await isPageToken(graph, signal)) ?? (await allPages(graph, signal));
  const found = pages.flatMap(({ id, name, access_token, instagram_business_account: account }) =>
    account
      ? [
          {
            instagramId: account.id,
            // The username is optional; the id identifies the account.
            username: oneLine(account.username ?? account.id),
            mediaCount: account.media_count,
            page: { id, name: name ?? id, token: access_token },
          },
        ]
      : [],
  );
  if (found.length > 0) return found;
  if (pages.length > 0) {
    const names = pages.map(({ name, id }) => name ?? id).join(', ');
    throw new NoAccountError(`No professional Instagram account is linked to ${names}`, {
      hint: 'Link one in the Page’s settings (Linked accounts), see that instagram_basic is granted, and sign in again. A personal account cannot be linked.',
    });
  }
  throw new NoAccountError('The token reaches no Facebook Page', {
    hint: 'Choose a Page when you are asked, and grant pages_show_list. Pages of a Meta business are shown only with business_management: storyline-cli instagram-auth --business',
  });
}

/** For a Page token, `me` is the Page; for a user token, the field is refused. */
async function isPageToken(graph: Graph, signal: AbortSignal) {
  try {
    const page = read(pageNode, await graph.get('me', { fields: `id,name,${ACCOUNT}` }, signal), 'GET /me');
    return [page];
  } catch (error) {
    if (error instanceof InstagramApiError && error.code === 100) return undefined;
    throw error;
  }
}

async function allPages(graph: Graph, signal: AbortSignal) {
  const found: ReturnType<typeof pageNode.parse>[] = [];
  const seen = new Set<string>();
  let after: string | undefined;
  do {
    const params = { fields: `id,name,access_token,${ACCOUNT}`, limit: PAGES_PER_CALL, ...(after ? { after } : {}) };
    const pages = read(pageListing, await graph.get('me/accounts', params, signal), 'GET /me/accounts');
    found.push(...pages.data);
    const next = nextCursor(pages.paging);
    after = next !== undefined && !seen.has(next) ? next : undefined;
    if (after !== undefined) seen.add(after);
  } while (after !== undefined);
  return found;
}

/** Reads the first page of the account's feed: proves that a token works. @throws {InstagramApiError} */
export async function readFirstPage(
  token: { flavour: Flavour; value: string },
  instagramId: string,
  options: ReachOptions,
  signal: AbortSignal,
): Promise<FirstPage> {
  return withGraph(token, options, async (graph) => {
    const fields = createFieldsOf()('feed');
    const list = createLister({ graph, source: 'feed', accountId: instagramId, fields, signal });
    const { data } = await list.page(undefined);
    const posts = data.map((node) => toPost(node, 'feed', { nodes: node.children?.data ?? [] }));
    const moments = posts.flatMap(({ postedAt }) => postedAt?.getTime() ?? []);
    return {
      posts: posts.length,
      files: posts.reduce((sum, { items }) => sum + items.length, 0),
      newest: moments.length > 0 ? new Date(moments.reduce((a, b) => Math.max(a, b))) : undefined,
    };
  });
}
