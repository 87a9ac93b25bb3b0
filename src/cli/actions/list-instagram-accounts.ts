import {
  type AccountView,
  ADD_ACCOUNT_HINT,
  type ChatChoice,
  describeRefusal,
  explainRefusal,
  listAccounts,
  nameOf,
  refusalJson,
} from '../../app/accounts.ts';
import type { OptionsOf } from '../command.ts';
import type { listInstagramAccounts } from '../commands/list-instagram-accounts.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, renderTable } from '../terminal.ts';
import { withApp } from '../with-app.ts';

export async function run(options: OptionsOf<typeof listInstagramAccounts>, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  const { accounts, hasOtherChats } = await withApp(context, (app) => listAccounts(app, options));
  if (options.json) {
    terminal.json({ accounts: accounts.map(toJson) });
    return EXIT.done;
  }
  if (accounts.length === 0) {
    terminal.print(`No accounts yet. ${ADD_ACCOUNT_HINT}`);
    return EXIT.done;
  }
  terminal.print(
    renderTable(
      ['Name', 'Username', 'Instagram id', 'State', ...(hasOtherChats ? ['Chats'] : []), 'Token expires', 'Id'],
      accounts.map((view) => [
        view.account.displayName,
        view.account.username ? `@${view.account.username}` : '-',
        view.account.instagramId,
        `${view.account.isActive ? 'active' : 'deactivated'}${view.isDefault ? ', default' : ''}`,
        ...(hasOtherChats ? [view.chats.map(chatName).join('\n') || '-'] : []),
        tokenState(view),
        view.account.id,
      ]),
    ),
  );
  for (const { account, refusal } of accounts) {
    if (refusal) terminal.print(oneLine(`${nameOf(account)}: ${describeRefusal(refusal)}. ${explainRefusal(refusal)}`));
  }
  return EXIT.done;
}

/** If the kind of token is not known, its expiry is a guess by the person who pasted it. */
function tokenState({ token, refusal }: AccountView): string {
  if (!token) return 'no token';
  const isGuess = token.kind === undefined;
  if (token.isExpired && !isGuess) return 'expired';
  if (refusal) return 'rejected';
  const day = token.expiresAt?.toISOString().slice(0, 10);
  if (!day) return 'never';
  if (!isGuess) return day;
  return `about ${day}${token.isExpired ? ' (passed)' : ''}`;
}

const chatName = ({ chatId, name }: ChatChoice) => (name ? `${oneLine(name)} (${chatId})` : String(chatId));

const toJson = ({ account, token, refusal, isDefault, chats }: AccountView) => ({
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
});
