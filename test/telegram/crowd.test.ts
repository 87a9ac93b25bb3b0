import { describe, expect, test } from 'vitest';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { until } from '../support/until.ts';
import type { Chat, Person } from './bot-api/server.ts';
import {
  ADMIN,
  type Conversation,
  converse,
  ELSEWHERE,
  GROUP,
  HOUR,
  MEMBER,
  movableClock,
  OFFICE,
  patiently,
  STRANGER,
} from './support.ts';

/** Nobody makes the bot deaf for others: here waiting takes as long as it takes. */

const stranger = (id: number): [Person, Chat] => [
  { id, firstName: `Somebody ${id}`, username: `somebody_${id}` },
  { id, type: 'private' },
];

const rowsOf = async ({ it }: Conversation) => {
  const { query } = it.app.db;
  const counted = await Promise.all(
    (['users', 'user_interactions', 'bot_strangers'] as const).map(
      async (table) => (await query.selectFrom(table).selectAll().execute()).length,
    ),
  );
  return { users: counted[0], interactions: counted[1], strangers: counted[2] };
};

const hears = ({ api }: Conversation) => {
  api.say(ADMIN, OFFICE, '/status');
  return api.waitForMessage(OFFICE.id, /No problems found/);
};

describe('strangers', () => {
  test.each([40, 300, 3600])(
    'a 429 of %d s for the answer to one holds up nobody, and is not tried again',
    async (seconds) => {
      const conversation = await converse({ posts: images(1), sleep: patiently });
      const { api } = conversation;
      api.flood(seconds, { methods: ['sendMessage'], chat: ELSEWHERE.id, times: 1000 });
      for (let n = 0; n < 100; n += 1) api.say(STRANGER, ELSEWHERE, `/status ${n}`);
      await hears(conversation);
      const tries = api.calls.filter(
        ({ method, params }) => method === 'sendMessage' && params.chat_id === ELSEWHERE.id,
      );
      expect(tries).toHaveLength(1);
      expect(await rowsOf(conversation)).toEqual({ users: 1, interactions: expect.any(Number), strangers: 1 });
    },
  );

  test.each(['silence', 'drip'] as const)('Telegram’s %s for one holds up nobody', async (kind) => {
    const conversation = await converse({ posts: images(1), sleep: patiently });
    conversation.api.hang(kind, { methods: ['sendMessage'], chat: ELSEWHERE.id, times: 1000 });
    for (let n = 0; n < 50; n += 1) conversation.api.say(STRANGER, ELSEWHERE, 'hello');
    await hears(conversation);
  });

  test('five hundred at once get ten answers, and leave ten rows', async () => {
    const conversation = await converse({ posts: images(1), sleep: patiently });
    const { api } = conversation;
    for (let id = 1000; id < 1500; id += 1) {
      const [who, where] = stranger(id);
      for (const typed of ['/start', '/cancel', 'hello']) api.say(who, where, typed);
    }
    await hears(conversation);
    const answered = () =>
      api.calls.filter(({ method, params }) => method === 'sendMessage' && Number(params.chat_id) >= 1000);
    await api.waitFor('the answers', () => answered().length === 10);
    expect(answered()).toHaveLength(10);
    expect(await rowsOf(conversation)).toEqual({ users: 1, interactions: expect.any(Number), strangers: 10 });
    expect((await rowsOf(conversation)).interactions).toBeLessThanOrEqual(2);
  });

  test('in a group, with commands, buttons and all that Telegram tells, get one answer each', async () => {
    const conversation = await converse({ posts: images(1), sleep: patiently });
    const { api } = conversation;
    const room: Chat = { id: -200, type: 'supergroup', title: 'Elsewhere' };
    const chat = { id: room.id, type: room.type, title: room.title };
    const from = { id: 7, is_bot: false, first_name: 'Cleo' };
    for (let n = 0; n < 30; n += 1) {
      api.say(STRANGER, room, '/cancel');
      api.say(MEMBER, room, '/backfill');
      api.forge(STRANGER, room, 'cancel:x', 'inaccessible');
      api.forge(STRANGER, room, 'account:x', 'none');
      api.addBot(STRANGER, room);
      const message = {
        message_id: 1,
        date: 1,
        chat,
        from,
        text: '/backfill',
        entities: [{ type: 'bot_command', offset: 0, length: 9 }],
      };
      api.deliver('edited_message', { ...message, edit_date: 2 });
      api.deliver('channel_post', { ...message, chat: { id: -300, type: 'channel', title: 'News' } });
      api.deliver('my_chat_member', { chat, from, date: 1 });
      api.deliver('message', { message_id: 2, date: 1, chat, from, new_chat_members: [from] });
    }
    await hears(conversation);
    const answers = api.calls.filter(({ method }) => /^(sendMessage|answerCallbackQuery)$/.test(method));
    expect(answers.filter(({ params }) => params.chat_id !== OFFICE.id).length).toBeLessThanOrEqual(2);
    expect((await rowsOf(conversation)).strangers).toBe(1);
  });
});

describe('those who may', () => {
  test.each([40, 300, 3600])('a 429 of %d s in one chat holds up no other', async (seconds) => {
    const conversation = await converse({ posts: images(1), sleep: patiently });
    const { api } = conversation;
    api.flood(seconds, { methods: ['sendMessage'], chat: GROUP.id, times: 1000 });
    for (const typed of ['/status', '/help', '/accounts']) api.say(ADMIN, GROUP, typed);
    await hears(conversation);
  });

  test.each(['silence', 'drip'] as const)('Telegram’s %s in one chat holds up no other', async (kind) => {
    const conversation = await converse({ posts: images(1), sleep: patiently });
    const { api } = conversation;
    api.hang(kind, { methods: ['sendMessage'], chat: GROUP.id, times: 1000 });
    for (const typed of ['/status', '/backfill', '/accounts']) api.say(ADMIN, GROUP, typed);
    await hears(conversation);
  });

  test('an answer is tried again when Telegram says, and those of a chat stay in order', async () => {
    const { api } = await converse({ posts: images(1) });
    api.flood(40, { methods: ['sendMessage'], times: 1 });
    api.failNext(502, 1, ['sendMessage']);
    api.say(ADMIN, OFFICE, '/accounts');
    api.say(ADMIN, OFFICE, '/status');
    api.say(ADMIN, OFFICE, '/nonsense');
    await api.waitForMessage(OFFICE.id, /I know these/);
    expect(api.messages(OFFICE.id).map(({ text }) => text.split('\n')[0])).toEqual([
      'Accounts',
      'No problems found.',
      'I know these commands:',
    ]);
  });

  test('/cancel stops a run whose first message Telegram does not take', async () => {
    const { api, it } = await converse({ posts: images(3), sleep: patiently });
    api.flood(40, { methods: ['sendMessage'], chat: OFFICE.id, times: 1 });
    api.say(ADMIN, OFFICE, '/backfill');
    await until('the run has begun', async () => (await it.app.runs.recent(1)).length === 1);
    await api.waitFor('the refusal', () => api.calls.some(({ method }) => method === 'sendMessage'));
    api.say(ADMIN, OFFICE, '/status');
    api.say(ADMIN, OFFICE, '/cancel');
    await api.waitForMessage(OFFICE.id, /Stopping the backfill of @studio.example/);
    await until('it is over', async () => (await it.app.runs.recent(1))[0]?.status === 'interrupted');
    expect(await it.app.db.query.selectFrom('run_locks').selectAll().execute()).toEqual([]);
  });

  test('/cancel takes back a /backfill that waits for its turn', async () => {
    const { api, it } = await converse({ posts: images(3), sleep: patiently });
    // Meta does not answer: the account's first run is being started.
    await it.run();
    const [account] = await it.app.accounts.list();
    if (!account) throw new Error('no account');
    api.hang('silence', { methods: ['sendMessage'], chat: OFFICE.id, times: 1 });
    api.say(ADMIN, OFFICE, '/backfill');
    await until('the first has begun', async () => (await it.app.runs.recent(2)).length === 2);
    // Its first message is the one that gets no answer, and not the answer to /cancel.
    await api.waitFor('the silence', () => api.calls.some(({ method }) => method === 'sendMessage'));
    api.say(ADMIN, OFFICE, '/backfill dry');
    api.say(ADMIN, OFFICE, '/cancel');
    await api.waitForMessage(OFFICE.id, /Stopping the backfill/);
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
    expect(await it.app.runs.recent(9)).toHaveLength(2);
  });

  test('a member who floods does not stop the admin, neither elsewhere nor in the same group', async () => {
    const conversation = await converse({ posts: images(1), sleep: patiently });
    const { api } = conversation;
    api.say(ADMIN, GROUP, '/enable');
    await api.waitForMessage(GROUP.id, /can now command me/);
    for (let n = 0; n < 400; n += 1) api.say(MEMBER, GROUP, n % 2 === 0 ? '/accounts' : '/cancel');
    api.say(ADMIN, GROUP, '/status');
    await hears(conversation);
    await api.waitForMessage(GROUP.id, /No problems found/);
  });
});

eachDatabase((databases) => {
  test('of strangers one row each is kept, of the newest five hundred, for ninety days', async () => {
    const clock = movableClock();
    const conversation = await converse({ posts: images(1), now: clock.now, database: await databases.create() });
    const { api, it } = conversation;
    const begun = clock.now();
    for (let id = 2000; id < 2600; id += 1) {
      const at = new Date(begun.getTime() - (2600 - id) * 60_000);
      const row = {
        telegram_user_id: id,
        chat_id: id,
        asked: '/start',
        first_at: at,
        last_at: at,
        username: null,
        first_name: null,
        last_name: null,
      };
      await it.app.db.query.insertInto('bot_strangers').values(row).execute();
    }
    api.say(STRANGER, ELSEWHERE, '/start');
    await api.waitForMessage(ELSEWHERE.id, /Sorry/);
    expect((await rowsOf(conversation)).strangers).toBe(500);
    clock.pass(HOUR);
    api.say(STRANGER, ELSEWHERE, '/help');
    await api.waitFor('a second answer', () => api.messages(ELSEWHERE.id).length === 2);
    expect((await rowsOf(conversation)).strangers).toBe(500);
    clock.pass(91 * 24 * HOUR);
    api.say(MEMBER, { id: 6, type: 'private' }, '/start');
    await api.waitForMessage(6, /Sorry/);
    expect(await rowsOf(conversation)).toEqual({ users: 0, interactions: 0, strangers: 1 });
  });
});
