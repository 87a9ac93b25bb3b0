import { describe, expect, test } from 'vitest';
import type { BotApi } from './bot-api/server.ts';
import { ANN, call, GROUP, HOME, send, start } from './calls.ts';

const poll = async (api: BotApi, params: object = {}) => (await call(api, 'getUpdates', params)).result;
const texts = (updates: { message?: { text: string } }[]) => updates.map(({ message }) => message?.text);

describe('updates', () => {
  test('come until they are confirmed by an offset', async () => {
    const api = await start();
    for (const text of ['a', 'b', 'c']) api.say(ANN, HOME, text);
    const all = await poll(api);
    expect(texts(all)).toEqual(['a', 'b', 'c']);
    expect(all[0]).toMatchObject({
      message: {
        from: { id: 5, is_bot: false, first_name: 'Ann', username: 'ann_example', language_code: 'en' },
        chat: { id: 5, type: 'private', first_name: 'Ann', username: 'ann_example' },
      },
    });
    expect(texts(await poll(api, { limit: 2 }))).toEqual(['a', 'b']);
    expect(texts(await poll(api, { offset: all[1].update_id }))).toEqual(['b', 'c']);
    expect(texts(await poll(api, { offset: -1 }))).toEqual(['c']);
    expect(await poll(api, { offset: all[2].update_id + 1 })).toEqual([]);
    expect(await poll(api)).toEqual([]);
  });

  test('a long poll waits for the next one, or for its end', async () => {
    const api = await start({ pollTimeoutCap: 30 });
    const waiting = poll(api, { timeout: 30 });
    await api.waitFor('a poll', api.isPolled);
    api.say(ANN, HOME, 'hello');
    expect(texts(await waiting)).toEqual(['hello']);
    const capped = await start({ pollTimeoutCap: 0.05 });
    expect(await poll(capped, { timeout: 30 })).toEqual([]);
  });

  test('of two who poll the earlier one is sent away', async () => {
    const api = await start({ pollTimeoutCap: 30 });
    const first = call(api, 'getUpdates', { timeout: 30 });
    await api.waitFor('a poll', api.isPolled);
    const second = call(api, 'getUpdates', { timeout: 30 });
    expect(await first).toEqual({
      ok: false,
      error_code: 409,
      description: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    });
    api.say(ANN, HOME, 'x');
    expect(texts((await second).result)).toEqual(['x']);
  });

  test('a poller that hangs up takes nothing with it', async () => {
    const api = await start({ pollTimeoutCap: 30 });
    const hangUp = new AbortController();
    const url = `${api.url}/bot${api.token}/getUpdates?timeout=30`;
    const gone = fetch(url, { signal: hangUp.signal }).catch(() => 'gone');
    await api.waitFor('a poll', api.isPolled);
    hangUp.abort();
    expect(await gone).toBe('gone');
    await api.waitFor('the end of the poll', () => !api.isPolled());
    api.say(ANN, HOME, 'x');
    expect(texts(await poll(api))).toEqual(['x']);
  });

  test('only the kinds that the bot wants are kept, from then on', async () => {
    const api = await start();
    await poll(api, { allowed_updates: ['callback_query'] });
    api.say(ANN, HOME, 'unheard');
    await poll(api, { allowed_updates: [] });
    api.say(ANN, HOME, 'heard');
    api.blockedBy(5);
    const [message, member] = await poll(api);
    expect(message.message.text).toBe('heard');
    expect(member.my_chat_member.new_chat_member).toMatchObject({ status: 'kicked', user: { id: api.bot.id } });
  });

  test('commands are marked, and in a group only what is for the bot is heard', async () => {
    const api = await start({ botUsername: 'some_bot' });
    const id = (await send(api, { chat_id: -100, text: 'Yes?' })).result.message_id;
    for (const text of ['chat', '/a@Some_bot 1', '/b@other_bot', '/c', 'x /d']) api.say(ANN, GROUP, text);
    api.say(ANN, GROUP, 'an answer', { replyTo: id });
    const updates = await poll(api);
    expect(texts(updates)).toEqual(['/a@Some_bot 1', '/c', 'an answer']);
    expect(updates[0].message).toMatchObject({
      entities: [{ type: 'bot_command', offset: 0, length: 11 }],
      chat: { id: -100, type: 'supergroup', title: 'Studio' },
    });
    expect(updates[2].message.reply_to_message).toMatchObject({ message_id: id, text: 'Yes?' });
    api.say(ANN, HOME, 'see /d, 1/2 or https://a.example/x');
    expect((await poll(api, { offset: -1 }))[0].message.entities).toEqual([
      { type: 'bot_command', offset: 4, length: 2 },
    ]);
  });

  test('deleteWebhook can drop what is waiting', async () => {
    const api = await start();
    api.say(ANN, HOME, 'x');
    await call(api, 'deleteWebhook');
    expect(await poll(api)).toHaveLength(1);
    await call(api, 'deleteWebhook', { drop_pending_updates: true });
    expect(await poll(api)).toEqual([]);
  });

  test('when delivered twice, a confirmed update comes once more', async () => {
    const api = await start();
    api.deliverTwice();
    api.say(ANN, HOME, 'x');
    const [{ update_id }] = await poll(api);
    expect(await poll(api, { offset: update_id + 1 })).toMatchObject([{ update_id, message: { text: 'x' } }]);
    expect(await poll(api, { offset: update_id + 1 })).toEqual([]);
  });
});

describe('chats', () => {
  test('tell about themselves and their people', async () => {
    const api = await start();
    expect((await call(api, 'getChat', { chat_id: -100 })).result).toMatchObject({ id: -100, title: 'Studio' });
    const member = async (user_id: number) => call(api, 'getChatMember', { chat_id: -100, user_id });
    expect((await member(5)).result).toMatchObject({ status: 'member', user: { id: 5, first_name: 'Ann' } });
    expect((await member(api.bot.id)).result).toMatchObject({ status: 'member', user: { is_bot: true } });
    expect((await member(6)).description).toBe('Bad Request: member not found');
  });

  test('that are closed to the bot say why', async () => {
    const api = await start();
    const text = async (chat_id: number) => (await send(api, { chat_id, text: 'x' })).description ?? 'sent';
    api.blockedBy(5);
    expect(await text(5)).toBe('Forbidden: bot was blocked by the user');
    api.say(ANN, HOME, '/start');
    expect(await text(5)).toBe('sent');
    api.removeBot(ANN, GROUP);
    expect(await text(-100)).toBe('Forbidden: bot was kicked from the supergroup chat');
    await poll(api, { offset: -1 });
    api.say(ANN, GROUP, '/unheard');
    api.addBot(ANN, GROUP);
    expect((await poll(api)).map((update: object) => Object.keys(update)[1])).toEqual([
      'my_chat_member',
      'my_chat_member',
    ]);
    expect(await text(-100)).toBe('sent');
    expect((await call(api, 'leaveChat', { chat_id: -100 })).ok).toBe(true);
    expect(await text(-100)).toBe('Forbidden: bot is not a member of the supergroup chat');
    expect((await call(api, 'leaveChat', { chat_id: 5 })).ok).toBe(false);
  });

  test.each([
    ['typing', true],
    ['upload_photo', true],
    ['dancing', false],
    ['', false],
  ])('the action %j: %s', async (action, ok) => {
    expect(await call(await start(), 'sendChatAction', { chat_id: 5, action })).toMatchObject({ ok });
  });

  test('read as text: who, text, buttons, toasts', async () => {
    const api = await start({ botUsername: 'some_bot' });
    api.say(ANN, HOME, '/backfill');
    const row = [
      { text: 'Yes', callback_data: 'y' },
      { text: 'No', callback_data: 'n' },
    ];
    const text = 'Sure?';
    const { result } = await send(api, { text, reply_markup: { inline_keyboard: [row] } });
    const callback_query_id = api.press(ANN, HOME, result.message_id, 'n');
    await call(api, 'answerCallbackQuery', { callback_query_id, text: 'All right' });
    expect(api.conversation(5)).toBe(
      'Ann:\n/backfill\n\nsome_bot:\nSure?\n[Yes] [No]\n\nAnn presses [No]\n(toast) All right',
    );
    expect((await api.waitForMessage(5, /^Sure/)).buttons[0]?.[1]).toEqual({ text: 'No', data: 'n' });
    await expect(api.waitForMessage(5, 'Never', 20)).rejects.toThrow('some_bot:\nSure?');
  });
});
