import { nameOf } from '../accounts/accounts.ts';
import type { App } from './open.ts';

/** The display names of all accounts, by their ids. */
export async function accountNames({ accounts }: Pick<App, 'accounts'>): Promise<ReadonlyMap<string, string>> {
  return new Map((await accounts.list({ all: true })).map((account) => [account.id, nameOf(account)]));
}
