import { beforeEach, expect, test } from 'vitest';
import { createPeople, type People, type Person } from '../../src/accounts/people.ts';
import { eachDatabase } from '../support/databases.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

const person = (id: number, firstName: string, username?: string): Person => ({
  id,
  firstName,
  lastName: undefined,
  username,
});

/** Whom `promote-user` makes admin: by username or Telegram id, and never by what people call themselves. */
eachDatabase((databases) => {
  let it: TestApp;
  let people: People;
  let minute = 0;
  beforeEach(async () => {
    it = await testApp({ database: await databases.create() });
    people = createPeople({ db: it.app.db, now: () => new Date(Date.UTC(2026, 10, 25, 12, minute++)) });
    return () => it.close();
  });
  const meet = (who: Person) => people.meet(who);
  const refuse = (who: Person) => people.refused(who, { chatId: who.id, asked: '/start' });
  const promote = async (reference: string) => {
    const { exitCode, stdout, stderr } = await it.type(['promote-user', '--', reference]);
    const admins = (await people.list()).filter(({ isAdmin }) => isAdmin).map(({ telegramId }) => telegramId);
    return { exitCode, text: stdout + stderr, admins };
  };

  test.each(['anna', '@anna', 'Anna', '@ANNA', 'an\u200bna', '@anna\u200b', '\uff20anna', 'a\u0430nna', ' @anna '])(
    'a stranger whose first name is %j is not the one who is meant',
    async (firstName) => {
      await refuse(person(7, firstName));
      await meet(person(8, `  ${firstName}`));
      for (const reference of ['@anna', 'anna', firstName]) {
        const { exitCode, text, admins } = await promote(reference);
        expect([exitCode, admins]).toEqual([2, []]);
        expect(text).toContain('id 7, username none');
      }
      await refuse(person(9, 'Somebody', 'Anna'));
      for (const reference of ['@anna', '@ANNA', 'anna', ' anna ']) {
        const { exitCode, text, admins } = await promote(reference);
        expect([exitCode, text, admins]).toEqual([0, '@Anna (id 9, name Somebody) is now an admin.\n', [9]]);
      }
    },
  );

  test('a username that changed hands means whoever has it now', async () => {
    await meet(person(7, 'Old', 'anna'));
    await refuse(person(8, 'New', 'ANNA'));
    expect((await promote('@anna')).admins).toEqual([8]);
    expect((await people.list()).find(({ telegramId }) => telegramId === 7)).toMatchObject({ name: 'Old' });
    // Back again, and somebody else let in.
    await meet(person(7, 'Old', 'Anna'));
    expect(await people.find('@anna')).toMatchObject({ person: { telegramId: 7 } });
    expect(await people.find('8')).toMatchObject({ person: { telegramId: 8, username: undefined } });
  });

  test('of rows of before with one username the newest holder is meant; at one moment none', async () => {
    const add = (id: number, at: Date) =>
      it.app.db.query
        .insertInto('users')
        .values({ telegram_user_id: id, telegram_username: id === 7 ? 'Anna' : 'anna', last_seen_at: at })
        .execute();
    const day = (n: number) => new Date(Date.UTC(2026, 0, n));
    await add(7, day(1));
    await add(8, day(2));
    expect((await promote('@anna')).admins).toEqual([8]);
    await add(9, day(2));
    const { exitCode, text, admins } = await promote('@anna');
    expect([exitCode, admins]).toEqual([2, [8]]);
    expect(text).toContain('@anna matches several people');
    for (const id of [7, 8, 9]) expect(text).toMatch(new RegExp(`id ${id}, username @.*last seen 2026-01-0`));
  });

  test('digits are ids, and only ids', async () => {
    await meet(person(7, '8', 'user_8'));
    await refuse(person(8, 'Eight', 'seven7'));
    expect((await promote('8')).admins).toEqual([8]);
    expect((await promote('9')).exitCode).toBe(2);
    expect((await promote('@8')).exitCode).toBe(2);
    expect((await promote('-7')).exitCode).toBe(2);
    expect((await promote('7')).admins.toSorted()).toEqual([7, 8]);
    const [first] = await people.list();
    expect((await it.type(['promote-user', first?.id ?? '', '--demote'])).stdout).toMatch(/is now a member/);
  });

  test.each(['', ' ', '@', '*', '%', 'an_a', '\u212aate', "' or 1=1 --"])('%j means nobody', async (reference) => {
    await meet(person(7, 'Anna', 'anna'));
    await meet(person(8, 'Kate', 'kate'));
    expect(await promote(reference)).toMatchObject({ exitCode: 2, admins: [] });
  });

  test('a stranger keeps when they came first, and list-users shows who is who', async () => {
    await refuse(person(7, '@anna'));
    await meet(person(8, 'Anna', 'real_anna'));
    const listed = JSON.parse((await it.type(['list-users', '--json'])).stdout);
    expect(listed.users).toMatchObject([{ telegram_user_id: 8, username: 'real_anna', display_name: 'Anna' }]);
    expect(listed.turned_away).toMatchObject([{ who: 'anna', telegram_user_id: 7, chat_id: 7 }]);
    await promote('7');
    const text = (await it.type(['list-users'])).stdout;
    expect(text).toMatch(/7 .* - .* anna .* admin/);
    expect(text).toMatch(/8 .* @real_anna .* Anna .* member/);
  });
});
