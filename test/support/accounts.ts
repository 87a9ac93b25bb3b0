import type { Account } from '../../src/accounts/accounts.ts';
import type { NewToken } from '../../src/accounts/tokens.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { album, image, images } from './posts.ts';
import type { TestApp } from './test-app.ts';

/** Two more accounts, each behind a Page of the same person, with posts of days that the sandbox's own has none of. */
export const SECOND = {
  id: '17841400000000002',
  appScopedId: '26000000000000002',
  username: 'second.example',
  name: 'Second',
};
export const THIRD = {
  id: '17841400000000003',
  appScopedId: '26000000000000003',
  username: 'third.example',
  name: 'Third',
};
const PAGES = { own: '100000000000001', second: '100000000000002', third: '100000000000003' };

/** The sandbox's own account has 3 pictures, the second 2 pictures and an album of 3, the third 1 picture. */
export const threeAccounts: SandboxOptions = {
  posts: images(3),
  stories: [],
  pages: [
    { id: PAGES.own, name: 'Studio', instagram: 'own' },
    { id: PAGES.second, name: 'Second', instagram: { account: SECOND, posts: [image(12), image(11), album(10, 3)] } },
    { id: PAGES.third, name: 'Third', instagram: { account: THIRD, posts: [image(21)] } },
  ],
};

interface Stored {
  account?: typeof SECOND;
  token?: NewToken;
  source?: NewToken;
}

/** Puts an account into the library, behind the sandbox's own; without a token of its own it has the person's. */
export async function store(it: TestApp, { account = SECOND, token, source }: Stored = {}): Promise<Account> {
  const { id, username, name } = account;
  const added = await it.app.accounts.add({ instagramId: id, username, displayName: name });
  const later = new Date(it.app.outside.now().getTime() + Number(id.at(-1)) * 60_000);
  await it.app.db.query
    .updateTable('instagram_accounts')
    .set({ created_at: later })
    .where('id', '=', added.id)
    .execute();
  await it.app.tokens.store(added, token ?? { value: it.sandbox.tokens.facebook, expiresAt: undefined }, source);
  return added;
}
