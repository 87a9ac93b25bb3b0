import { type Account, nameOf } from '../../accounts/accounts.ts';
import { ADD_ACCOUNT_HINT, SIGN_IN_HINT } from '../../accounts/hints.ts';
import type { App } from '../../app/open.ts';
import { pageFor, type Revocation, refusedNow, revokeAtMeta } from '../../app/tokens/revoke.ts';
import { InterruptedError, StorylineError, UsageError } from '../../errors.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

interface Options {
  all: boolean;
  yes: boolean;
  localOnly: boolean;
}

export async function revokeTokens(
  reference: string | undefined,
  options: Options,
  context: Context,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  if (options.all && reference !== undefined) throw new UsageError('Name one account, or --all, not both');
  return withApp(context, async (app) => {
    const meant = await meantAccounts(app, reference, options);
    const held = await withToken(app, meant);
    if (held.length === 0) {
      terminal.print(`No token is stored for ${meant.map(nameOf).join(', ')}: there is nothing to take back.`);
      return EXIT.done;
    }
    await confirm(held, options, context);

    const gone: Account[] = [];
    let didRevoke = false;
    for (const account of held) {
      const revocation = options.localOnly ? undefined : await ask(app, account, context);
      if (revocation === 'failed') continue;
      const kind = (await app.tokens.info(account))?.kind;
      await app.tokens.forget(account);
      gone.push(account);
      didRevoke ||= revocation?.outcome === 'revoked';
      terminal.print(`${nameOf(account)}: ${told(revocation, pageFor(kind))}`);
    }
    if (didRevoke) await tellOthers(app, gone, context);
    if (gone.length > 0) terminal.print(`The media and the accounts stay. ${SIGN_IN_HINT}`);
    signal.throwIfAborted();
    return gone.length === held.length ? EXIT.done : EXIT.stopped;
  });
}

async function meantAccounts({ accounts }: App, reference: string | undefined, { all }: Options): Promise<Account[]> {
  if (reference !== undefined) return [await accounts.find(reference)];
  const listed = await accounts.list({ all: true });
  if (listed.length === 0) throw new UsageError('No Instagram account is in the library', { hint: ADD_ACCOUNT_HINT });
  if (all || listed.length === 1) return listed;
  throw new UsageError('There are several accounts', {
    hint: `Name one of ${listed.map(nameOf).join(', ')}, or --all.`,
  });
}

async function withToken({ tokens }: App, accounts: readonly Account[]): Promise<Account[]> {
  const infos = await Promise.all(accounts.map((account) => tokens.info(account)));
  return accounts.filter((_, index) => infos[index]);
}

/** @throws {UsageError} where nobody can be asked. @throws {InterruptedError} for a no. */
async function confirm(accounts: readonly Account[], { yes, localOnly }: Options, { ask }: Context): Promise<void> {
  if (yes) return;
  if (!ask) throw new UsageError('Without a terminal to ask on, --yes is needed', { hint: 'Nothing was changed.' });
  const whose = accounts.map(nameOf).join(', ');
  const question = localOnly
    ? `Forget the token of ${whose} here, and leave it good at Meta?`
    : `Take back the token of ${whose} at Meta, and forget it here?`;
  if (!(await ask.confirm(question))) throw new InterruptedError('Nothing was changed', { hint: 'Every token stays.' });
}

/** Says why where Meta could not be asked: then nothing is forgotten here. */
async function ask(app: App, account: Account, { terminal, signal }: Context): Promise<Revocation | 'failed'> {
  try {
    return await revokeAtMeta(app, account, signal);
  } catch (error) {
    if (!(error instanceof StorylineError) || signal.aborted) throw error;
    terminal.note(
      `${nameOf(account)}: its token could not be taken back at Meta, and is kept here: ${error.message}\n${error.hint ?? 'Try again.'}\nTo forget it here alone: storyline-cli revoke-tokens ${account.username ?? account.id} --local-only`,
    );
    return 'failed';
  }
}

function told(revocation: Revocation | undefined, page: string): string {
  if (!revocation) {
    return `its token is forgotten here, and stays good at Meta until the owner removes the app at ${page}.`;
  }
  if (revocation.outcome !== 'impossible') {
    return revocation.outcome === 'revoked'
      ? 'its token is taken back at Facebook, and forgotten here.'
      : 'Facebook had ended its token already; it is forgotten here.';
  }
  return `its token is forgotten here. ${revocation.why}: the owner removes the app at ${revocation.page}.`;
}

/** One person's permissions may have been behind several accounts. */
async function tellOthers(app: App, gone: readonly Account[], { terminal, signal }: Context): Promise<void> {
  const ids = new Set(gone.map(({ id }) => id));
  const others = (await app.accounts.list({ all: true })).filter(({ id }) => !ids.has(id));
  const dead = await refusedNow(app, others, signal);
  if (dead.length === 0) return;
  terminal.print(
    `Facebook refuses the token of ${dead.map(nameOf).join(', ')} now as well: it came by the same person, or had ended before.`,
  );
}
