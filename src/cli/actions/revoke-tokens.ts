import { type Account, ADD_ACCOUNT_HINT, nameOf, SIGN_IN_HINT } from '../../app/accounts.ts';
import type { App } from '../../app/open.ts';
import { pageFor, type Revocation, refusedNow, revokeAtMeta } from '../../app/tokens/revoke.ts';
import { InterruptedError, StorylineError, UsageError } from '../../errors.ts';
import type { OptionsOf } from '../command.ts';
import type { revokeTokens } from '../commands/revoke-tokens.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

type Options = OptionsOf<typeof revokeTokens>;

export async function run(reference: string | undefined, options: Options, context: Context): Promise<ExitCode> {
  const { terminal, signal } = context;
  if (options.all && reference !== undefined) throw new UsageError('Use either an account or --all, not both');
  return withApp(context, async (app) => {
    const chosen = await chooseAccounts(app, reference, options);
    const accounts = await withToken(app, chosen);
    if (accounts.length === 0) {
      terminal.print(`No token is stored for ${chosen.map(nameOf).join(', ')}: nothing to revoke.`);
      return EXIT.done;
    }
    await confirm(accounts, options, context);

    const deleted: Account[] = [];
    let didRevoke = false;
    for (const account of accounts) {
      const revocation = options.localOnly ? undefined : await revoke(app, account, context);
      if (revocation === 'failed') continue;
      const kind = (await app.tokens.info(account))?.kind;
      await app.tokens.forget(account);
      deleted.push(account);
      didRevoke ||= revocation?.outcome === 'revoked';
      terminal.print(`${nameOf(account)}: ${describe(revocation, pageFor(kind))}`);
    }
    if (didRevoke) await reportOthers(app, deleted, context);
    if (deleted.length > 0) terminal.print(`The accounts and their media are kept. ${SIGN_IN_HINT}`);
    signal.throwIfAborted();
    return deleted.length === accounts.length ? EXIT.done : EXIT.stopped;
  });
}

async function chooseAccounts({ accounts }: App, reference: string | undefined, { all }: Options): Promise<Account[]> {
  if (reference !== undefined) return [await accounts.find(reference)];
  const listed = await accounts.list({ all: true });
  if (listed.length === 0) throw new UsageError('No Instagram account is in the library', { hint: ADD_ACCOUNT_HINT });
  if (all || listed.length === 1) return listed;
  throw new UsageError('There are several accounts', {
    hint: `Name one of ${listed.map(nameOf).join(', ')}, or use --all.`,
  });
}

async function withToken({ tokens }: App, accounts: readonly Account[]): Promise<Account[]> {
  const infos = await Promise.all(accounts.map((account) => tokens.info(account)));
  return accounts.filter((_, index) => infos[index]);
}

/** @throws {UsageError} without a terminal to ask on. @throws {InterruptedError} if the answer is no. */
async function confirm(accounts: readonly Account[], { yes, localOnly }: Options, { ask }: Context): Promise<void> {
  if (yes) return;
  if (!ask) throw new UsageError('Without a terminal to ask on, --yes is required', { hint: 'Nothing was changed.' });
  const whose = accounts.map(nameOf).join(', ');
  const question = localOnly
    ? `Delete the token of ${whose} locally, and leave it valid at Meta?`
    : `Revoke the token of ${whose} at Meta, and delete it locally?`;
  if (!(await ask.confirm(question)))
    throw new InterruptedError('Nothing was changed', { hint: 'All tokens are kept.' });
}

/** Keeps the token if Meta cannot be asked, and says why. */
async function revoke(app: App, account: Account, { terminal, signal }: Context): Promise<Revocation | 'failed'> {
  try {
    return await revokeAtMeta(app, account, signal);
  } catch (error) {
    if (!(error instanceof StorylineError) || signal.aborted) throw error;
    terminal.note(
      `${nameOf(account)}: could not revoke its token at Meta, so it is kept here: ${error.message}\n${error.hint ?? 'Try again.'}\nTo delete it only locally: storyline-cli revoke-tokens ${account.username ?? account.id} --local-only`,
    );
    return 'failed';
  }
}

function describe(revocation: Revocation | undefined, page: string): string {
  if (!revocation) {
    return `deleted its token locally. It stays valid at Meta until the owner removes the app at ${page}.`;
  }
  if (revocation.outcome === 'impossible') {
    return `deleted its token locally. ${revocation.why}. The owner can remove the app at ${revocation.page}.`;
  }
  return revocation.outcome === 'revoked'
    ? 'revoked its token at Facebook, and deleted it locally.'
    : 'Facebook had already revoked its token; deleted it locally.';
}

/** One person's permissions may have been used by several accounts. */
async function reportOthers(app: App, deleted: readonly Account[], { terminal, signal }: Context): Promise<void> {
  const ids = new Set(deleted.map(({ id }) => id));
  const others = (await app.accounts.list({ all: true })).filter(({ id }) => !ids.has(id));
  const rejected = await refusedNow(app, others, signal);
  if (rejected.length === 0) return;
  terminal.print(
    `Facebook now rejects the token of ${rejected.map(nameOf).join(', ')} too: the same person connected it, or it had already expired.`,
  );
}
