import type { Account } from '../../src/accounts/accounts.ts';
import type { NewToken } from '../../src/accounts/tokens.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { album, image, images } from './posts.ts';
import type { TestApp } from './test-app.ts';

/** Two more accounts, each linked to a Page of the same person, with posts of other days than the sandbox's own account. */
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

interface StoreOptions {
  account?: typeof SECOND;
  token?: NewToken;
  source?: NewToken;
}

/** Adds an account to the library, after the sandbox's own. It gets the person's token unless another is given. */
export async function store(world: TestApp, { account = SECOND, token, source }: StoreOptions = {}): Promise<Account> {
  const { id, username, name } = account;
  const added = await world.app.accounts.add({ instagramId: id, username, displayName: name });
  const later = new Date(world.app.outside.now().getTime() + Number(id.at(-1)) * 60_000);
  await world.app.db.query
    .updateTable('instagram_accounts')
    .set({ created_at: later })
    .where('id', '=', added.id)
    .execute();
  await world.app.tokens.store(added, token ?? { value: world.sandbox.tokens.facebook, expiresAt: undefined }, source);
  return added;
}
