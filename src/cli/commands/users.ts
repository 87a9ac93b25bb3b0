import { type Acquaintance, createPeople, type Found } from '../../accounts/people.ts';
import { UsageError } from '../../errors.ts';
import { formatMoment } from '../../media/moment.ts';
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
      return EXIT.done;
    }
    if (users.length === 0) terminal.print('Nobody who may command the bot has written to it yet.');
    else {
      terminal.print(
        renderTable(
          ['Telegram id', 'Username', 'Name', 'Role', 'Last seen'],
          users.map(({ telegramId, username, displayName, isAdmin, isActive, lastSeenAt }) => [
            String(telegramId),
            username ? `@${oneLine(username)}` : '-',
            oneLine(displayName) || '-',
            `${isAdmin ? 'admin' : 'member'}${isActive ? '' : ', not active'}`,
            lastSeenAt ? formatMoment(lastSeenAt) : '-',
          ]),
        ),
      );
    }
    if (attempts.length > 0) terminal.print('\nTurned away lately');
    for (const { at, who, telegramId, chatId } of attempts) {
      terminal.print(`  - ${oneLine(who)} (id ${telegramId ?? '?'}) in the chat ${chatId}, ${formatMoment(at)}`);
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
    const found = await people.find(reference);
    if (!found.person) throw notFound(reference, found, context.terminal.note);
    await people.setRole(found.person, demote ? 'member' : 'admin');
    context.terminal.print(`${described(found.person)} is ${demote ? 'a member again' : 'an admin now'}.`);
    return EXIT.done;
  });
}

/** Everything that tells a person from another: `@anna (id 7, name Anna Lee)`. */
function described({ telegramId, username, displayName }: Acquaintance): string {
  const name = oneLine(displayName) || 'none';
  return username
    ? `@${oneLine(username)} (id ${telegramId}, name ${name})`
    : `The user with the id ${telegramId} (name ${name}, no username)`;
}

/** Lists those who may have been meant; gives the error. */
function notFound(
  reference: string,
  { isAmbiguous, candidates }: Extract<Found, { person: undefined }>,
  note: (text: string) => void,
): UsageError {
  const asked = oneLine(reference);
  if (candidates.length > 0) note('These have written to the bot:');
  for (const { telegramId, username, displayName, lastSeenAt } of candidates) {
    const names = `username ${username ? `@${oneLine(username)}` : 'none'}, name ${oneLine(displayName) || 'none'}`;
    note(`  - id ${telegramId}, ${names}, last seen ${lastSeenAt ? formatMoment(lastSeenAt) : 'never'}`);
  }
  const kind = /^\d+$/.test(reference.trim()) ? 'Telegram id' : 'username';
  const other = candidates.length > 0 ? ', or name one of these by the id' : '';
  return new UsageError(
    isAmbiguous ? `${asked} fits several people` : `Nobody with the ${kind} ${asked} has talked to the bot yet`,
    {
      hint: isAmbiguous
        ? 'Name one of them by the id.'
        : `Let them send it /start first${other}. Names are not looked up: anybody can take any.`,
    },
  );
}
