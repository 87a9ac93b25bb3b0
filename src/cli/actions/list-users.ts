import { listUsers } from '../../app/users.ts';
import { formatMoment } from '../../media/moment.ts';
import type { OptionsOf } from '../command.ts';
import type { listUsers as command } from '../commands/list-users.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, renderTable } from '../terminal.ts';
import { withApp } from '../with-app.ts';

type Listed = Awaited<ReturnType<typeof listUsers>>;

export async function run(options: OptionsOf<typeof command>, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  const listed = await withApp(context, listUsers);
  if (options.json) {
    terminal.json(toJson(listed));
    return EXIT.done;
  }
  const { users, attempts } = listed;
  terminal.print(users.length > 0 ? table(users) : 'No approved user has written to the bot yet.');
  if (attempts.length > 0) terminal.print('\nRecently refused');
  for (const { at, who, telegramId, chatId } of attempts) {
    terminal.print(`  - ${oneLine(who)} (id ${telegramId ?? '?'}) in chat ${chatId}, ${formatMoment(at)}`);
  }
  return EXIT.done;
}

const table = (users: Listed['users']): string =>
  renderTable(
    ['Telegram id', 'Username', 'Name', 'Role', 'Last seen'],
    users.map(({ telegramId, username, displayName, isAdmin, isActive, lastSeenAt }) => [
      String(telegramId),
      username ? `@${oneLine(username)}` : '-',
      oneLine(displayName) || '-',
      `${isAdmin ? 'admin' : 'member'}${isActive ? '' : ', not active'}`,
      lastSeenAt ? formatMoment(lastSeenAt) : '-',
    ]),
  );

const toJson = ({ users, attempts }: Listed) => ({
  users: users.map(({ id, telegramId, name, username, displayName, isAdmin, isActive, lastSeenAt }) => ({
    id,
    telegram_user_id: telegramId,
    name,
    username: username ?? null,
    display_name: displayName,
    role: isAdmin ? 'admin' : 'member',
    is_active: isActive,
    last_seen_at: lastSeenAt?.toISOString() ?? null,
  })),
  turned_away: attempts.map(({ at, who, telegramId, chatId }) => ({
    at: at.toISOString(),
    who,
    telegram_user_id: telegramId ?? null,
    chat_id: chatId ?? null,
  })),
});
