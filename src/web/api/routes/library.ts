import { createRoute } from '@hono/zod-openapi';
import { accountNames } from '../../../app/account-names.ts';
import { lastWholeWalk } from '../../../app/backfill/whole-walks.ts';
import { accountCheck, accountProblems } from '../../../app/health/accounts.ts';
import type { Check as Finding } from '../../../app/health/check.ts';
import { filesCheck } from '../../../app/health/files.ts';
import { databaseCheck, folderChecks, keyChecks, runChecks } from '../../../app/health/library.ts';
import type { App } from '../../../app/open.ts';
import { Accounts, type Check, Health, LibraryOverview } from '../../../contract/library.ts';
import { UsageError } from '../../../errors.ts';
import { countPostsWithLostFiles } from '../../../gallery/lost-files.ts';
import { libraryOverview } from '../../../gallery/overview.ts';
import { countPosts } from '../../../gallery/post-counts.ts';
import { describeCompleteness } from '../describe-run.ts';
import { createRoutes, json } from '../openapi.ts';

const library = createRoute({
  method: 'get',
  path: '/library',
  summary: 'Get an overview of the library',
  responses: { 200: json(LibraryOverview, 'Posts and files by kind, month and state.') },
});
const accounts = createRoute({
  method: 'get',
  path: '/accounts',
  summary: 'List accounts, with the state of their tokens',
  responses: { 200: json(Accounts, 'All accounts, including deactivated ones.') },
});
const health = createRoute({
  method: 'get',
  path: '/health',
  summary: 'Check the library',
  responses: {
    200: json(
      Health,
      'Checks of this machine, and the last answers of Instagram to each token. Sends no requests to Instagram.',
    ),
  },
});

type Account = Awaited<ReturnType<App['accounts']['list']>>[number];

export function libraryRoutes(app: App) {
  const { db, stores } = app;

  const describeAccount = async (account: Account) => {
    const [check, walk] = await Promise.all([
      account.isActive ? accountCheck(app, account) : undefined,
      lastWholeWalk(db, account.id),
    ]);
    const walked = walk && describeCompleteness(walk.result);
    const lost =
      walk && walked ? await countPostsWithLostFiles(db, { account: account.id, since: walk.at }) : NONE_LOST;
    // Posts that lost files since then are no longer complete.
    const completeness = walked && {
      ...walked,
      whole: Math.max(0, walked.whole - lost.partial - lost.missing),
      partial: walked.partial + lost.partial,
      missing: walked.missing + lost.missing,
    };
    return {
      id: account.id,
      username: account.username ?? null,
      displayName: account.displayName,
      isEnabled: account.isActive,
      check: check ? describeCheck(check.check) : null,
      completeness: completeness ? { ...completeness, at: walk.at.toISOString() } : null,
    };
  };

  return createRoutes()
    .openapi(library, async (context) => context.json(await libraryOverview(db, stores.media), 200))
    .openapi(accounts, async (context) => {
      const [all, names, active, posts] = await Promise.all([
        app.accounts.list({ all: true }),
        accountNames(app),
        app.accounts.choose(undefined).catch(orNone),
        countPosts(db),
      ]);
      const described = all.map(async (account) => ({
        ...(await describeAccount(account)),
        name: names.get(account.id) ?? account.displayName,
        isActive: account.id === active?.id,
        posts: posts.get(account.id) ?? 0,
      }));
      return context.json({ accounts: await Promise.all(described) }, 200);
    })
    .openapi(health, async (context) => {
      const checks = [
        await databaseCheck(app),
        ...(await keyChecks(app)),
        ...(await accountProblems(app)),
        ...(await folderChecks(app.config)),
        await filesCheck(app),
        ...(await runChecks(app)),
      ];
      return context.json({ checks: checks.map(describeCheck) }, 200);
    });
}

/** There is no account, or no default account. */
function orNone(error: unknown): undefined {
  if (!(error instanceof UsageError)) throw error;
  return undefined;
}

const NONE_LOST = { partial: 0, missing: 0 };

const describeCheck = ({ name, state, finding, remedy }: Finding): Check => ({
  name,
  state,
  finding,
  remedy: remedy ?? null,
});
