import { expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { DatabaseTarget } from '../../src/db/open.ts';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { until } from '../support/until.ts';
import { ADMIN, type Conversation, converse, GROUP, OFFICE } from './support.ts';

/** Which account commands mean does not change because a chat is added, enabled, disabled or removed. */

const OTHER = { id: -500, type: 'supergroup', title: 'Other' } as const;

async function twoAccounts(database: DatabaseTarget, environment: Record<string, string> = {}) {
  const conversation = await converse({ posts: images(1), database, environment });
  const second = await conversation.it.app.accounts.add({
    displayName: 'Second',
    instagramId: '17841400000000002',
    username: 'second.example',
  });
  const first = await conversation.it.app.accounts.find('studio.example');
  return { ...conversation, first, second };
}

/** What the CLI means, under each of these settings. */
async function meant({ it }: Pick<Conversation, 'it'>, chats: readonly string[] = ['']): Promise<string[]> {
  const names: string[] = [];
  for (const chat of chats) {
    const { stdout, stderr } = await it.type(['backfill-instagram', '--dry-run', '--json'], undefined, {
      environment: { ADMIN_TELEGRAM_CHAT_ID: chat },
    });
    // The second account has no token: the refusal names it.
    const refused = /No token is stored for @(\S+)/.exec(stderr)?.[1];
    names.push(refused ?? (stdout ? JSON.parse(stdout).account?.username : stderr));
  }
  return names;
}

async function chatsComeAndGo({ api, it }: Conversation) {
  for (const chat of [GROUP, OTHER]) {
    api.say(ADMIN, chat, '/start');
    api.say(ADMIN, chat, '/enable');
    await api.waitForMessage(chat.id, /can now command me/);
  }
  api.say(ADMIN, GROUP, '/disable');
  await api.waitForMessage(GROUP.id, /Only admins can command me/);
  await it.app.db.query.deleteFrom('chat_settings').where('telegram_chat_id', '=', OTHER.id).execute();
}

eachDatabase((databases) => {
  test.each<[string, (it: Conversation['it'], account: Account) => Promise<unknown>]>([
    [
      'by set-active-account',
      (it) =>
        it.type(['set-active-account', 'studio.example'], undefined, { environment: { ADMIN_TELEGRAM_CHAT_ID: '' } }),
    ],
    [
      'for a chat',
      (it) =>
        it.type(['set-active-account', 'studio.example', '--chat', '-900'], undefined, {
          environment: { ADMIN_TELEGRAM_CHAT_ID: '' },
        }),
    ],
    [
      'in a row of the Python program',
      (it, account) =>
        it.app.db.query
          .insertInto('chat_settings')
          .values({ telegram_chat_id: -900, active_instagram_account_id: account.id })
          .execute(),
    ],
    [
      'in the row in which earlier versions kept it',
      async (it, account) => {
        const other = (await it.app.accounts.list()).find(({ id }) => id !== account.id);
        await it.app.db.query
          .insertInto('chat_settings')
          .values([
            { telegram_chat_id: 0, active_instagram_account_id: account.id },
            { telegram_chat_id: -900, active_instagram_account_id: account.id },
            { telegram_chat_id: -901 },
          ])
          .execute();
        return other;
      },
    ],
  ])('what was chosen %s stays, whatever chats come and go', async (_, choose) => {
    const conversation = await twoAccounts(await databases.create());
    await choose(conversation.it, conversation.first);
    expect(await meant(conversation, ['', '77'])).toEqual(['studio.example', 'studio.example']);
    await chatsComeAndGo(conversation);
    expect(await meant(conversation, ['', '77', String(GROUP.id)])).toEqual(Array(3).fill('studio.example'));
    // A chat that chooses means its own; nobody else does.
    conversation.api.say(ADMIN, GROUP, '/accounts');
    const list = await conversation.api.waitForMessage(GROUP.id, /Which account/);
    conversation.api.press(ADMIN, GROUP, list.id, '@second.example');
    await conversation.api.waitForMessage(GROUP.id, /● @second.example/);
    expect(await meant(conversation, ['', '77'])).toEqual(['studio.example', 'studio.example']);
    expect((await conversation.it.app.accounts.choose(undefined, OTHER.id)).username).toBe('studio.example');
    expect((await conversation.it.app.accounts.choose(undefined, GROUP.id)).username).toBe('second.example');
  });

  test('what the admin chat chose is the default, also once another chat is the admin’s', async () => {
    const conversation = await twoAccounts(await databases.create());
    const { api } = conversation;
    api.say(ADMIN, OFFICE, '/accounts');
    const list = await api.waitForMessage(OFFICE.id, /Which account/);
    api.press(ADMIN, OFFICE, list.id, '@second.example');
    await api.waitForMessage(OFFICE.id, /● @second.example/);
    await chatsComeAndGo(conversation);
    expect(await meant(conversation, [String(OFFICE.id), '', '77'])).toEqual(Array(3).fill('second.example'));
  });

  test('a default of before is stored when the bot starts', async () => {
    const conversation = await twoAccounts(await databases.create());
    const { it, first, second } = conversation;
    await it.app.db.query
      .insertInto('chat_settings')
      .values([
        { telegram_chat_id: OFFICE.id, active_instagram_account_id: first.id },
        { telegram_chat_id: -900, active_instagram_account_id: second.id },
      ])
      .execute();
    await conversation.stop();
    await conversation.start();
    const stored = () => it.app.db.query.selectFrom('default_account').selectAll().execute();
    await until('it is stored', async () => (await stored()).length === 1);
    expect(await meant(conversation, [String(OFFICE.id), '', '77'])).toEqual(Array(3).fill('studio.example'));
  });
});
