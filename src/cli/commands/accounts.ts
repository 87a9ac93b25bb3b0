import { type Account, type ChatChoice, nameOf } from '../../accounts/accounts.ts';
import { ADD_ACCOUNT_HINT } from '../../accounts/hints.ts';
import { describeRefusal, explainRefusal, type Refusal, refusalJson } from '../../accounts/refusals.ts';
import type { TokenInfo } from '../../accounts/tokens.ts';
import type { App } from '../../app/open.ts';
import { InstagramApiError, TokenExpiredError, UsageError } from '../../errors.ts';
import { type Identity, identify } from '../../instagram/auth/identify.ts';
import { isAccessToken, NOT_A_TOKEN } from '../access-token.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, renderTable } from '../terminal.ts';
import { withApp } from '../with-app.ts';

interface AddOptions {
  displayName: string;
  accountId: string;
  username: string;
  accessToken?: string | undefined;
  expiresDays: number;
  setActive: boolean;
}

const DAY = 24 * 60 * 60 * 1000;

export async function addInstagramAccount(options: AddOptions, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  const token = (options.accessToken ?? (await askForToken(context))).trim();
  if (!isAccessToken(token)) throw NOT_A_TOKEN();
  return withApp(context, async (app) => {
    const identity = await ask(app, token, options, context);
    const account = await app.accounts.add({ ...options, instagramId: options.accountId });
    const expiresAt =
      options.expiresDays === 0
        ? undefined
        : new Date(app.outside.metaClock.now().getTime() + options.expiresDays * DAY);
    await app.tokens.store(account, { value: token, expiresAt });
    if (options.setActive) await app.accounts.setActive(account);
    const count =
      identity?.mediaCount === undefined ? '' : ` (${identity.mediaCount.toLocaleString('en')} posts on Instagram)`;
    terminal.print(`Stored @${account.username} with its token, encrypted${count}.`);
    terminal.print('See what a backfill would bring: storyline-cli backfill-instagram --dry-run');
    return EXIT.done;
  });
}

/** Warns where Instagram says something else than the user; a token that Instagram refuses is not stored. */
async function ask(app: App, token: string, options: AddOptions, context: Context): Promise<Identity | undefined> {
  const { terminal, signal } = context;
  try {
    const identity = await identify(
      token,
      options.accountId,
      { ...app.config.graph, ...app.outside, timeout: app.config.networkTimeout },
      signal,
    );
    const differsById = identity.instagramId !== options.accountId;
    const differsByName =
      identity.username !== undefined && identity.username.toLowerCase() !== options.username.toLowerCase();
    if (differsById || differsByName) {
      terminal.note(
        `Warning: Instagram says that this token belongs to @${identity.username ?? 'unknown'} with the id ${identity.instagramId}, not to @${options.username} with the id ${options.accountId}. It is stored as you gave it; if that was a slip, run the command again with what Instagram says.`,
      );
    }
    return identity;
  } catch (error) {
    if (error instanceof TokenExpiredError || !(error instanceof InstagramApiError)) throw error;
    terminal.note(`Warning: whose token it is could not be checked: ${error.message}`);
    return undefined;
  }
}

/** From standard input where something is piped in, else from a prompt that shows nothing. */
async function askForToken({ ask, readInput }: Context): Promise<string> {
  if (ask) return ask.secret('Access token (it is not shown)');
  const text = await readInput();
  if (text.trim()) return text;
  throw new UsageError('No access token came on standard input', {
    hint: 'Pipe one in, or run this in a terminal to be asked for it.',
  });
}

export async function listInstagramAccounts(
  options: { all: boolean; json: boolean },
  context: Context,
): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async ({ accounts, tokens, refusals }) => {
    const [listed, activeId, choices] = await Promise.all([
      accounts.list(options),
      accounts.activeId(),
      accounts.choices(),
    ]);
    const views = await Promise.all(
      listed.map(async (account) => ({
        account,
        token: await tokens.info(account),
        refusal: await refusals.of(account),
        isDefault: account.id === activeId,
        chats: choices.filter(({ accountId }) => accountId === account.id),
      })),
    );
    if (options.json) {
      terminal.json({
        accounts: views.map(({ account, token, refusal, isDefault, chats }) => ({
          id: account.id,
          display_name: account.displayName,
          instagram_account_id: account.instagramId,
          username: account.username ?? null,
          is_active: account.isActive,
          is_default: isDefault,
          active_in_chats: chats.map(({ chatId, name }) => ({ chat_id: chatId, chat_name: name ?? null })),
          token: token
            ? {
                expires_at: token.expiresAt?.toISOString() ?? null,
                is_expired: token.isExpired,
                refused: refusal ? refusalJson(refusal) : null,
              }
            : null,
        })),
      });
      return EXIT.done;
    }
    if (views.length === 0) {
      terminal.print(`No accounts yet. ${ADD_ACCOUNT_HINT}`);
      return EXIT.done;
    }
    const hasChats = choices.length > 1 || choices.some(({ accountId }) => accountId !== activeId);
    terminal.print(
      renderTable(
        ['Name', 'Username', 'Instagram id', 'State', ...(hasChats ? ['Chats'] : []), 'Token', 'Id'],
        views.map(({ account, token, refusal, isDefault, chats }) => [
          account.displayName,
          account.username ? `@${account.username}` : '-',
          account.instagramId,
          `${account.isActive ? 'active' : 'deactivated'}${isDefault ? ', default' : ''}`,
          ...(hasChats ? [chats.map(chatName).join('\n') || '-'] : []),
          tokenState(token, refusal),
          account.id,
        ]),
      ),
    );
    for (const { account, refusal } of views) {
      if (refusal)
        terminal.print(oneLine(`${nameOf(account)}: ${describeRefusal(refusal)}. ${explainRefusal(refusal)}`));
    }
    return EXIT.done;
  });
}

function tokenState(token: TokenInfo | undefined, refusal: Refusal | undefined): string {
  if (!token) return 'none';
  if (token.isExpired) return 'expired';
  return refusal ? 'refused' : (token.expiresAt?.toISOString().slice(0, 10) ?? 'no end');
}

const chatName = ({ chatId, name }: ChatChoice) => (name ? `${oneLine(name)} (${chatId})` : String(chatId));

export const deactivateAccount = (reference: string, context: Context): Promise<ExitCode> =>
  change(reference, context, async ({ accounts }, account) => {
    await accounts.setEnabled(account, false);
    return `${nameOf(account)} is deactivated; its media and its token stay.`;
  });

export const reactivateAccount = (reference: string, context: Context): Promise<ExitCode> =>
  change(reference, context, async ({ accounts }, account) => {
    await accounts.setEnabled(account, true);
    return `${nameOf(account)} is active again.`;
  });

export const setActiveAccount = (
  reference: string,
  { chat }: { chat?: number | undefined },
  context: Context,
): Promise<ExitCode> =>
  change(reference, context, async ({ accounts }, account) => {
    await accounts.setActive(await accounts.choose(account.id), chat);
    return chat === undefined
      ? `${nameOf(account)} is the account that commands mean by default.`
      : `${nameOf(account)} is the account that the chat ${chat} means.`;
  });

function change(
  reference: string,
  context: Context,
  work: (app: App, account: Account) => Promise<string>,
): Promise<ExitCode> {
  return withApp(context, async (app) => {
    context.terminal.print(await work(app, await app.accounts.find(reference)));
    return EXIT.done;
  });
}
