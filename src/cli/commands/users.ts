import { UsageError } from '../../errors.ts';
import { formatMoment } from '../../media/moment.ts';
import { createPeople } from '../../telegram/people.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, renderTable } from '../terminal.ts';
import { withApp } from '../with-app.ts';

const ATTEMPTS_SHOWN = 20;

export async function listUsers(options: { json: boolean }, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async ({ db, outside }) => {
    const people = createPeople({ db, now: outside.now });
    const [users, attempts] = await Promise.all([people.list(), people.attempts(ATTEMPTS_SHOWN)]);
    if (options.json) {
      terminal.json({
        users: users.map(({ id, telegramId, name, isAdmin, isActive, lastSeenAt }) => ({
          id,
          telegram_user_id: telegramId,
          name,
          role: isAdmin ? 'admin' : 'member',
          is_active: isActive,
          last_seen_at: lastSeenAt?.toISOString() ?? null,
        })),
        turned_away: attempts.map(({ at, who, chatId }) => ({ at: at.toISOString(), who, chat_id: chatId ?? null })),
      });
      return EXIT.done;
    }
    if (users.length === 0) terminal.print('Nobody has talked to the bot yet.');
    else {
      terminal.print(
        renderTable(
          ['User', 'Telegram id', 'Role', 'Last seen'],
          users.map(({ telegramId, name, isAdmin, isActive, lastSeenAt }) => [
            oneLine(name),
            String(telegramId),
            `${isAdmin ? 'admin' : 'member'}${isActive ? '' : ', not active'}`,
            lastSeenAt ? formatMoment(lastSeenAt) : '-',
          ]),
        ),
      );
    }
    if (attempts.length > 0) terminal.print('\nTurned away lately');
    for (const { at, who, chatId } of attempts) {
      terminal.print(`  - ${oneLine(who)} in the chat ${chatId}, ${formatMoment(at)}`);
    }
    return EXIT.done;
  });
}

export async function promoteUser(
  reference: string,
  { demote }: { demote: boolean },
  context: Context,
): Promise<ExitCode> {
  return withApp(context, async ({ db, outside }) => {
    const people = createPeople({ db, now: outside.now });
    const user = await people.find(reference);
    if (!user) {
      throw new UsageError(`${reference} has not talked to the bot yet`, {
        hint: 'Let them send it /start first. See who has with: storyline-cli list-users',
      });
    }
    await people.setRole(user, demote ? 'member' : 'admin');
    context.terminal.print(`${oneLine(user.name)} is ${demote ? 'a member again' : 'an admin now'}.`);
    return EXIT.done;
  });
}
