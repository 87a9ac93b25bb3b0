import { type Account, nameOf } from '../accounts/accounts.ts';
import type { Refusal } from '../accounts/refusals.ts';
import { fileOverview } from '../catalogue/file-states.ts';
import { backfillOverview } from '../catalogue/media-items.ts';
import { refusedAccounts } from './accounts.ts';
import type { App } from './open.ts';
import type { RunView } from './run-kinds.ts';

export { type FileCheck, WHOLE_LIBRARY } from '../catalogue/file-states.ts';
export type { FailedItem } from '../catalogue/media-items.ts';

/** What was downloaded, what is missing, and how the last run went. */
export interface BackfillStatus {
  readonly items: Awaited<ReturnType<typeof backfillOverview>>;
  readonly files: Awaited<ReturnType<typeof fileOverview>>;
  readonly lastRun: RunView | undefined;
  /** Active accounts whose tokens Meta rejected. */
  readonly refused: readonly { readonly account: Account; readonly refusal: Refusal }[];
  /** Names of all accounts, by our id. */
  readonly accounts: ReadonlyMap<string, string>;
}

/** @param failuresListed how many of the failed items are listed. */
export async function backfillStatus(app: App, failuresListed: number): Promise<BackfillStatus> {
  const { db, runs, accounts } = app;
  const [lastRun] = await runs.recent(1);
  return {
    items: await backfillOverview(db, failuresListed),
    files: await fileOverview(db),
    lastRun,
    refused: await refusedAccounts(app),
    accounts: new Map((await accounts.list({ all: true })).map((account) => [account.id, nameOf(account)])),
  };
}
