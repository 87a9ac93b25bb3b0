import type { Account } from '../../accounts/accounts.ts';
import { refusalIn } from '../../accounts/refusals.ts';
import { StorylineError } from '../../errors.ts';
import { type Identity, identify } from '../../instagram/auth/identify.ts';
import { readFirstPage } from '../../instagram/auth/reachable-accounts.ts';
import { flavourOf } from '../../instagram/graph/client.ts';
import type { App } from '../open.ts';
import { callsOf } from './current.ts';

interface AccountToken {
  readonly account: Account;
  /** The token of the call. */
  readonly token: string;
}

/**
 * Stores what Meta said about an account's token: that it was accepted, or an error that may reject it. Ignores a token
 * that was replaced meanwhile.
 */
export async function noteAnswer(
  { tokens, refusals }: Pick<App, 'tokens' | 'refusals'>,
  { account, token }: AccountToken,
  answer: Error | 'accepted' | undefined,
): Promise<void> {
  const refused = answer === 'accepted' ? undefined : refusalIn(answer);
  if (answer !== 'accepted' && !refused) return;
  if ((await storedValue(tokens, account)) !== token) return;
  if (refused) await refusals.note(account, refused);
  else await refusals.clear(account);
}

async function storedValue(tokens: App['tokens'], account: Account): Promise<string | undefined> {
  try {
    return await tokens.valueFor(account);
  } catch (error) {
    if (!(error instanceof StorylineError)) throw error;
    return undefined;
  }
}

/**
 * Asks Instagram who an account's token belongs to, and stores whether it was accepted. If a permission was refused
 * before, also reads a page of the feed.
 *
 * @throws {InstagramApiError} if the token is rejected or Instagram cannot be asked.
 */
export async function askWithToken(app: App, { account, token }: AccountToken, signal: AbortSignal): Promise<Identity> {
  try {
    const identity = await identify(token, account.instagramId, callsOf(app), signal);
    const before = await app.refusals.of(account);
    if (before?.kind === 'permission') {
      await readFirstPage({ flavour: flavourOf(token), value: token }, account.instagramId, callsOf(app), signal);
    }
    await noteAnswer(app, { account, token }, 'accepted');
    return identity;
  } catch (error) {
    if (error instanceof StorylineError) await noteAnswer(app, { account, token }, error);
    throw error;
  }
}
