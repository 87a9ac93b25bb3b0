import { expect, test } from 'vitest';
import { images } from '../support/posts.ts';
import { until } from '../support/until.ts';
import { ADMIN, converse, ELSEWHERE, GROUP, MEMBER, OFFICE, STRANGER } from './support.ts';

const slowly = { mediaLatencyMs: 400 };

/** The admin's run in the office, and a group whose members may. */
async function running() {
  const conversation = await converse({ posts: images(60), ...slowly });
  const { api, it } = conversation;
  api.say(ADMIN, GROUP, '/enable');
  await api.waitForMessage(GROUP.id, /can now command me/);
  api.say(ADMIN, OFFICE, '/backfill');
  const message = await api.waitForMessage(OFFICE.id, /Instagram backfill/);
  const [run] = await it.app.runs.recent(1);
  return { ...conversation, message, data: `cancel:${run?.id}` };
}

test.each(['its own message', 'inaccessible', 'none'] as const)(
  'a forged button of a member ends no run of another chat (%s)',
  async (where) => {
    const { api, it, data } = await running();
    api.say(MEMBER, GROUP, '/accounts');
    const list = await api.waitForMessage(GROUP.id, /Accounts/);
    const query = api.forge(MEMBER, GROUP, data, where === 'its own message' ? list.id : where);
    if (where === 'none') await api.waitForMessage(GROUP.id, /Accounts/);
    else await api.waitFor('the toast', () => api.answer(query)?.text === 'That backfill belongs to another chat.');
    api.say(MEMBER, GROUP, '/cancel');
    await api.waitForMessage(GROUP.id, /This chat has no running backfill/);
    expect((await it.app.runs.recent(1))[0]?.status).toBe('running');
  },
);

test('an admin may end it from anywhere, its chat by its own message only', async () => {
  const { api, it, data, message } = await running();
  api.say(ADMIN, GROUP, '/accounts');
  const list = await api.waitForMessage(GROUP.id, /Accounts/);
  const query = api.forge(ADMIN, GROUP, data, list.id);
  await api.waitFor('the toast', () => api.answer(query)?.text === 'Stopping…');
  await api.waitForMessage(OFFICE.id, /Stopped: Cancelled in the chat/);
  const late = api.forge(ADMIN, OFFICE, data, message.id);
  await api.waitFor('the toast', () => api.answer(late)?.text === 'It has already ended.');

  api.say(MEMBER, GROUP, '/backfill');
  const theirs = await api.waitForMessage(GROUP.id, /Instagram backfill/);
  const [run] = await it.app.runs.recent(1);
  const wrong = api.forge(MEMBER, GROUP, `cancel:${run?.id}`, list.id);
  await api.waitFor('the toast', () => api.answer(wrong)?.text === 'That backfill belongs to another chat.');
  const right = api.press(MEMBER, GROUP, theirs.id, 'Cancel');
  await api.waitFor('the toast', () => api.answer(right)?.text === 'Stopping…');
  await api.waitForMessage(GROUP.id, /Stopped: Cancelled in the chat/);
});

test('a button of a run whose message was sent again works on both', async () => {
  const { api, message } = await running();
  api.makeOld(OFFICE.id, message.id);
  await api.waitFor('another message', () =>
    api.messages(OFFICE.id).some(({ id, text }) => id !== message.id && /Instagram backfill/.test(text)),
  );
  const query = api.press(ADMIN, OFFICE, message.id, 'Cancel');
  await api.waitFor('the toast', () => api.answer(query)?.text === 'Stopping…');
});

test.each([
  ['forwarded', { isForwarded: true }],
  ['sent through a bot', { isViaBot: true }],
  ['written in the name of a channel', { inNameOf: { id: -300, type: 'supergroup', title: 'News' } }],
  ['written by an anonymous admin', { inNameOf: GROUP }],
] as const)('what is %s is no command', async (_, how) => {
  const { api, it } = await converse({ posts: images(1) });
  for (const typed of ['/backfill', '/enable', '/cancel', 'hello']) {
    api.say(ADMIN, GROUP, typed, how);
    api.say(ADMIN, OFFICE, typed, how);
  }
  api.say(ADMIN, OFFICE, '/status');
  await api.waitForMessage(OFFICE.id, /No backfill yet/);
  expect(api.messages(OFFICE.id)).toHaveLength(1);
  expect(api.messages(GROUP.id)).toEqual([]);
  expect(await it.app.db.query.selectFrom('chat_settings').selectAll().execute()).toEqual([]);
});

test.each(['deleteMessage', 'makeOld'] as const)(
  'a button of an account list that is gone is answered, and works (%s)',
  async (how) => {
    const { api, it, said } = await converse({ posts: images(1) });
    const second = await it.app.accounts.add({
      displayName: 'Second',
      instagramId: '17841400000000002',
      username: 'second.example',
    });
    api.say(ADMIN, OFFICE, '/accounts');
    const { id } = await api.waitForMessage(OFFICE.id, /Which account/);
    const query = api.press(ADMIN, OFFICE, id, '@second.example');
    api[how](OFFICE.id, id);
    await api.waitFor('the toast', () => api.answer(query)?.text === 'This chat now uses @second.example.');
    await until('it is chosen', async () => (await it.app.accounts.activeId(OFFICE.id)) === second.id);
    const unseen = api.forge(ADMIN, OFFICE, `account:${second.id}`, 'inaccessible');
    await api.waitFor('the toast', () => api.answer(unseen)?.text === 'This chat now uses @second.example.');
    for (const data of ['account:none', 'nonsense', 'cancel:none', 'cancel:']) {
      const other = api.forge(ADMIN, OFFICE, data, 'inaccessible');
      await api.waitFor('the toast', () => api.answer(other) !== undefined);
    }
    const expired = api.forge(ADMIN, OFFICE, 'cancel:none', 'inaccessible');
    api.expireQuery(expired);
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /problems? found|No problems found/);
    expect(said.filter((line) => /could not be|failed|^\s+at /m.test(line))).toEqual([]);
  },
);

test('a button without a message of a chat is refused like a stranger’s', async () => {
  const { api } = await converse({ posts: images(1) });
  const query = api.forge(STRANGER, ELSEWHERE, 'cancel:none', 'none');
  await api.waitFor('the toast', () => /^Sorry/.test(api.answer(query)?.text ?? ''));
});
