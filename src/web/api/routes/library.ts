import { createRoute } from '@hono/zod-openapi';
import { type Account, nameOf } from '../../../accounts/accounts.ts';
import { lastWholeWalk } from '../../../app/backfill/whole-walks.ts';
import { accountCheck, accountProblems } from '../../../app/health/accounts.ts';
import type { Check as Finding } from '../../../app/health/check.ts';
import { databaseCheck, folderChecks, keyChecks, runChecks } from '../../../app/health/library.ts';
import type { App } from '../../../app/open.ts';
import { Accounts, type Check, Health, LibraryOverview } from '../../../contract/library.ts';
import { UsageError } from '../../../errors.ts';
import { countPostsWithLostFiles } from '../../../gallery/lost-files.ts';
import { libraryOverview } from '../../../gallery/overview.ts';
import { countPosts } from '../../../gallery/post-counts.ts';
import { describeCompleteness } from '../describe-run.ts';
import { filesCheck } from '../files-check.ts';
import { createRoutes, json } from '../routes.ts';

const library = createRoute({
  method: 'get',
  path: '/library',
  summary: 'The library at a glance',
  responses: { 200: json(LibraryOverview, 'What there is, by kind, month and state.') },
});
const accounts = createRoute({
  method: 'get',
  path: '/accounts',
  summary: 'The accounts, with the health of their tokens',
  responses: { 200: json(Accounts, 'All of them, those that are deactivated too.') },
});
const health = createRoute({
  method: 'get',
  path: '/health',
  summary: 'Whether the library is well',
  responses: {
    200: json(
      Health,
      'What was looked at on this machine, and what Instagram last said of each token; nothing is asked of it now.',
    ),
  },
});

export function libraryRoutes(app: App) {
  const { db, stores } = app;

  const describeAccount = async (account: Account, activeId: string | undefined, posts: number) => {
    const [check, walk] = await Promise.all([
      account.isActive ? accountCheck(app, account) : undefined,
      lastWholeWalk(db, account.id),
    ]);
    const walked = walk && describeCompleteness(walk.result);
    const gone =
      walk && walked ? await countPostsWithLostFiles(db, { account: account.id, since: walk.at }) : NONE_GONE;
    // What went missing since is not complete any more.
    const completeness = walked && {
      ...walked,
      whole: Math.max(0, walked.whole - gone.partial - gone.missing),
      partial: walked.partial + gone.partial,
      missing: walked.missing + gone.missing,
    };
    return {
      id: account.id,
      name: nameOf(account),
      username: account.username ?? null,
      displayName: account.displayName,
      isEnabled: account.isActive,
      isActive: account.id === activeId,
      posts,
      check: check ? describeCheck(check.check) : null,
      completeness: completeness ? { ...completeness, at: walk.at.toISOString() } : null,
    };
  };

  return createRoutes()
    .openapi(library, async (context) => {
      return context.json(await libraryOverview(db, stores.media), 200);
    })
    .openapi(accounts, async (context) => {
      const [all, active, posts] = await Promise.all([
        app.accounts.list({ all: true }),
        app.accounts.choose(undefined).catch(orNone),
        countPosts(db),
      ]);
      const described = all.map((account) => describeAccount(account, active?.id, posts.get(account.id) ?? 0));
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

/** There is none, or nobody said which. */
function orNone(error: unknown): undefined {
  if (!(error instanceof UsageError)) throw error;
  return undefined;
}

const NONE_GONE = { partial: 0, missing: 0 };

const describeCheck = ({ name, state, finding, remedy }: Finding): Check => ({
  name,
  state,
  finding,
  remedy: remedy ?? null,
});
