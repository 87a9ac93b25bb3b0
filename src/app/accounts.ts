import type { Account, ChatChoice } from '../accounts/accounts.ts';
import type { Refusal } from '../accounts/refusals.ts';
import type { TokenInfo } from '../accounts/tokens.ts';
import { InstagramApiError, TokenExpiredError } from '../errors.ts';
import { type Identity, identify } from '../instagram/auth/identify.ts';
import type { App } from './open.ts';
import { callsOf } from './tokens/current.ts';

export { type Account, type ChatChoice, nameOf } from '../accounts/accounts.ts';
export { ADD_ACCOUNT_HINT, SIGN_IN_HINT } from '../accounts/hints.ts';
export { describeRefusal, explainRefusal, type Refusal, refusalJson } from '../accounts/refusals.ts';
export type { TokenInfo, TokenKind } from '../accounts/tokens.ts';

const DAY = 24 * 60 * 60 * 1000;

export interface NewAccount {
  readonly displayName: string;
  readonly instagramId: string;
  /** Without its `@`. */
  readonly username: string;
  readonly token: string;
  /** 0: the token does not expire. */
  readonly expiresInDays: number;
  readonly setActive: boolean;
}

export interface AddedAccount {
  readonly account: Account;
  /** Undefined if Instagram could not be asked. */
  readonly identity: Identity | undefined;
}

/**
 * Stores an account with its token, encrypted. Instagram is asked who the token belongs to: `warn` gets the answer if it
 * differs, or if Instagram could not be asked.
 *
 * @throws {TokenExpiredError} if Instagram rejects the token; then nothing is stored.
 */
export async function addAccount(
  app: App,
  { token, expiresInDays, setActive, ...given }: NewAccount,
  { signal, warn }: { signal: AbortSignal; warn: (text: string) => void },
): Promise<AddedAccount> {
  const identity = await askWhose(app, token, given, { signal, warn });
  const account = await app.accounts.add(given);
  const now = app.outside.metaClock.now().getTime();
  await app.tokens.store(account, {
    value: token,
    expiresAt: expiresInDays === 0 ? undefined : new Date(now + expiresInDays * DAY),
  });
  if (setActive) await app.accounts.setActive(account);
  return { account, identity };
}

async function askWhose(
  app: App,
  token: string,
  given: Pick<NewAccount, 'instagramId' | 'username'>,
  { signal, warn }: { signal: AbortSignal; warn: (text: string) => void },
): Promise<Identity | undefined> {
  try {
    const identity = await identify(token, given.instagramId, callsOf(app), signal);
    const isOtherName =
      identity.username !== undefined && identity.username.toLowerCase() !== given.username.toLowerCase();
    if (identity.instagramId !== given.instagramId || isOtherName) {
      warn(
        `According to Instagram this token belongs to @${identity.username ?? 'unknown'} with the id ${identity.instagramId}, not to @${given.username} with the id ${given.instagramId}. It is stored as you entered it; if that was a mistake, run the command again with Instagram's values.`,
      );
    }
    return identity;
  } catch (error) {
    if (error instanceof TokenExpiredError || !(error instanceof InstagramApiError)) throw error;
    warn(`Could not check who the token belongs to: ${error.message}`);
    return undefined;
  }
}

/** An account with its token, and where it is the active one. */
export interface AccountView {
  readonly account: Account;
  /** Undefined if no token is stored. */
  readonly token: TokenInfo | undefined;
  /** Meta's last answer to the token, if that was a refusal. */
  readonly refusal: Refusal | undefined;
  /** Commands use it unless another is named. */
  readonly isDefault: boolean;
  /** The Telegram chats that use it. */
  readonly chats: readonly ChatChoice[];
}

export async function listAccounts({ accounts, tokens, refusals }: App, { all }: { all: boolean }) {
  const [listed, activeId, choices] = await Promise.all([
    accounts.list({ all }),
    accounts.activeId(),
    accounts.choices(),
  ]);
  const views = await Promise.all(
    listed.map(
      async (account): Promise<AccountView> => ({
        account,
        token: await tokens.info(account),
        refusal: await refusals.of(account),
        isDefault: account.id === activeId,
        chats: choices.filter(({ accountId }) => accountId === account.id),
      }),
    ),
  );
  /** False if all chats use the default account. */
  const hasOtherChats = choices.length > 1 || choices.some(({ accountId }) => accountId !== activeId);
  return { accounts: views, hasOtherChats };
}

/** Active accounts whose runs would fail because Meta rejected their tokens. */
export async function refusedAccounts({ accounts, refusals }: App): Promise<{ account: Account; refusal: Refusal }[]> {
  const found = await Promise.all(
    (await accounts.list()).map(async (account) => ({ account, refusal: await refusals.of(account) })),
  );
  return found.flatMap(({ account, refusal }) => (refusal ? [{ account, refusal }] : []));
}
