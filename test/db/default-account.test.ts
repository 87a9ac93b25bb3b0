import { expect, test } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { eachDatabase } from '../support/databases.ts';

const [A, B] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'] as const;

/** The account that commands meant before an update is the one that they mean after it. */
eachDatabase((databases) => {
  test.each<[string, readonly (readonly [chat: number, account: string | null])[], string | undefined]>([
    ['no chat', [], undefined],
    ['the only chat', [[-5, A]], A],
    ['the only chat, without a choice', [[-5, null]], undefined],
    ['the row of this program, alone', [[0, B]], B],
    [
      'the row of this program, among chats',
      [
        [-5, A],
        [0, B],
        [-6, null],
      ],
      B,
    ],
    [
      'several chats',
      [
        [-5, A],
        [-6, B],
      ],
      undefined,
    ],
  ])('%s', async (_, chats, expected) => {
    const db = await databases.openMigrated();
    // As a database of before has it.
    for (const table of ['default_account', 'bot_strangers', 'bot_trouble'] as const) {
      await db.query.schema.dropTable(table).execute();
    }
    await db.query.deleteFrom('storyline_migrations').where('id', '=', 13).execute();
    for (const [index, id] of [A, B].entries()) {
      const account = { id, display_name: id, instagram_account_id: `1784140000000000${index}` };
      await db.query.insertInto('instagram_accounts').values(account).execute();
    }
    for (const [telegram_chat_id, active_instagram_account_id] of chats) {
      await db.query.insertInto('chat_settings').values({ telegram_chat_id, active_instagram_account_id }).execute();
    }
    expect((await migrate(db)).applied).toEqual(['013_bot']);
    const stored = await db.query.selectFrom('default_account').selectAll().execute();
    expect(stored.map(({ account_id }) => account_id)).toEqual(expected ? [expected] : []);
    expect(await db.query.selectFrom('chat_settings').selectAll().execute()).toHaveLength(chats.length);
    // An account that is gone is no default.
    await db.query.updateTable('chat_settings').set({ active_instagram_account_id: null }).execute();
    await db.query.deleteFrom('instagram_accounts').execute();
    expect(await db.query.selectFrom('default_account').selectAll().execute()).toEqual([]);
  });
});
