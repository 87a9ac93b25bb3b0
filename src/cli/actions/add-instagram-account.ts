import { addAccount } from '../../app/accounts.ts';
import { UsageError } from '../../errors.ts';
import { isAccessToken, NOT_A_TOKEN } from '../access-token.ts';
import type { OptionsOf } from '../command.ts';
import type { addInstagramAccount } from '../commands/add-instagram-account.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

export async function run(options: OptionsOf<typeof addInstagramAccount>, context: Context): Promise<ExitCode> {
  const { terminal, signal, program } = context;
  const token = (options.accessToken ?? (await readToken(context))).trim();
  if (!isAccessToken(token)) throw NOT_A_TOKEN();
  const { account, identity } = await withApp(context, (app) =>
    addAccount(
      app,
      {
        displayName: options.displayName,
        instagramId: options.accountId,
        username: options.username,
        token,
        expiresInDays: options.expiresDays,
        setActive: options.setActive,
      },
      { signal, warn: (text) => terminal.note(`Warning: ${text}`) },
    ),
  );
  const count =
    identity?.mediaCount === undefined ? '' : ` (${identity.mediaCount.toLocaleString('en')} posts on Instagram)`;
  terminal.print(`Stored @${account.username} with its token, encrypted${count}.`);
  terminal.print(`See what a backfill would download: ${program} backfill-instagram --dry-run`);
  return EXIT.done;
}

/** From a hidden prompt, or without a terminal from standard input. */
async function readToken({ ask, readInput }: Context): Promise<string> {
  if (ask) return ask.secret('Access token (hidden)');
  const text = await readInput();
  if (text.trim()) return text;
  throw new UsageError('No access token on standard input', {
    hint: 'Pipe one in, or run this in a terminal to be prompted for it.',
  });
}
