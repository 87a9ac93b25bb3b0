import { type Acquaintance, type NotFound, setUserRole } from '../../app/users.ts';
import { UsageError } from '../../errors.ts';
import { formatMoment } from '../../media/moment.ts';
import type { OptionsOf } from '../command.ts';
import type { promoteUser } from '../commands/promote-user.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine } from '../terminal.ts';
import { withApp } from '../with-app.ts';

export async function run(
  reference: string,
  { demote }: OptionsOf<typeof promoteUser>,
  context: Context,
): Promise<ExitCode> {
  const { terminal } = context;
  const found = await withApp(context, (app) => setUserRole(app, reference, demote ? 'member' : 'admin'));
  if (!found.person) {
    showCandidates(found, terminal.note);
    throw notFound(reference, found);
  }
  terminal.print(`${described(found.person)} is now ${demote ? 'a member' : 'an admin'}.`);
  return EXIT.done;
}

/** Everything that identifies a person: `@anna (id 7, name Anna Lee)`. */
function described({ telegramId, username, displayName }: Acquaintance): string {
  const name = oneLine(displayName) || 'none';
  return username
    ? `@${oneLine(username)} (id ${telegramId}, name ${name})`
    : `The user with the id ${telegramId} (name ${name}, no username)`;
}

function showCandidates({ candidates }: NotFound, note: (text: string) => void): void {
  if (candidates.length > 0) note('These people have written to the bot:');
  for (const { telegramId, username, displayName, lastSeenAt } of candidates) {
    const names = `username ${username ? `@${oneLine(username)}` : 'none'}, name ${oneLine(displayName) || 'none'}`;
    note(`  - id ${telegramId}, ${names}, last seen ${lastSeenAt ? formatMoment(lastSeenAt) : 'never'}`);
  }
}

function notFound(reference: string, { isAmbiguous, candidates }: NotFound): UsageError {
  const typed = oneLine(reference);
  if (isAmbiguous) return new UsageError(`${typed} matches several people`, { hint: 'Use the id of one of them.' });
  const kind = /^\d+$/.test(reference.trim()) ? 'Telegram id' : 'username';
  const orUseId = candidates.length > 0 ? ', or use the id of one of these' : '';
  return new UsageError(`Nobody with the ${kind} ${typed} has written to the bot yet`, {
    hint: `Ask them to send it /start first${orUseId}. Display names are not accepted: anyone can take any name.`,
  });
}
