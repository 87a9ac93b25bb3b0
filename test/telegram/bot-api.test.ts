import { describe, expect, test } from 'vitest';
import type { BotApi } from './bot-api/server.ts';
import { ANN, call, GROUP, HOME, inline, send, sent, start } from './calls.ts';

describe('the door', () => {
  test('a wrong token is unauthorized, an unknown method or path not found', async () => {
    const api = await start();
    const get = async (path: string) => (await fetch(api.url + path)).json();
    expect(await get('/bot1:wrong/getMe')).toEqual({ ok: false, error_code: 401, description: 'Unauthorized' });
    const notFound = { ok: false, error_code: 404, description: 'Not Found' };
    expect(await get(`/bot${api.token}/sendPigeon`)).toEqual(notFound);
    expect(await get('/')).toEqual(notFound);
    expect(await get('/bot%zz/getMe')).toMatchObject({ error_code: 401 });
    expect(JSON.stringify(api.calls)).not.toContain(api.token);
  });

  test('JSON, forms, multipart and queries say the same; the case of a method does not matter', async () => {
    const api = await start();
    const url = `${api.url}/bot${api.token}/SENDmessage`;
    const params = { chat_id: '5', text: 'Grüße & mehr' };
    const form = new FormData();
    for (const [name, value] of Object.entries(params)) form.set(name, value);
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(params) };
    await fetch(url, json);
    await fetch(url, { method: 'POST', body: new URLSearchParams(params) });
    await fetch(url, { method: 'POST', body: form });
    await fetch(`${url}?${new URLSearchParams(params)}`);
    expect(api.messages(5).map(({ text }) => text)).toEqual(Array(4).fill('Grüße & mehr'));
  });

  test.each([
    ['no JSON', 'application/json', '{', "can't parse request JSON object"],
    ['a list', 'application/json', '[]', "can't parse request JSON object"],
    ['no boundary', 'multipart/form-data', '', 'boundary not found in the multipart request'],
    ['no end', 'multipart/form-data; boundary=b', '--b\r\n', 'unexpected end of the multipart request'],
  ])('a body with %s is a bad request', async (_, type, body, error) => {
    const api = await start();
    const url = `${api.url}/bot${api.token}/getMe`;
    const answer = await (await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })).json();
    expect(answer).toEqual({ ok: false, error_code: 400, description: `Bad Request: ${error}` });
  });

  test('getMe tells who the bot is', async () => {
    const { result } = await call(await start({ botUsername: 'some_bot', token: '77:x' }), 'getMe');
    expect(result).toMatchObject({ id: 77, is_bot: true, username: 'some_bot' });
  });
});

describe('buttons', () => {
  test.each([
    ['no data', [{ text: 'a', callback_data: '' }], 'BUTTON_DATA_INVALID'],
    ['65 bytes', [{ text: 'a', callback_data: `${'x'.repeat(63)}é` }], 'BUTTON_DATA_INVALID'],
    [
      'no action',
      [{ text: 'a' }],
      "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ],
    ['no text', [{ callback_data: 'a' }], `can't parse inline keyboard button: Can't find field "text"`],
    [
      'an address that is none',
      [{ text: 'a', url: 'localhost' }],
      "inline keyboard button URL 'localhost' is invalid: Wrong HTTP URL",
    ],
    ['more than a hundred', Array(101).fill({ text: 'a', callback_data: 'a' }), 'reply markup is too long'],
  ])('%s is refused', async (_, row, error) => {
    const api = await start();
    expect((await send(api, { text: 'x', ...inline(row) })).description).toBe(`Bad Request: ${error}`);
  });

  test('what is no keyboard is refused', async () => {
    const api = await start();
    const markup = async (reply_markup: unknown) => (await send(api, { text: 'x', reply_markup })).description;
    expect(await markup('{')).toBe("Bad Request: can't parse reply keyboard markup JSON object");
    expect(await markup([])).toBe('Bad Request: object expected as reply markup');
    expect(await markup({ inline_keyboard: [{}] })).toContain('must be an Array of Arrays');
  });

  test('a press reaches the bot and is answered once', async () => {
    const api = await start();
    const id = await sent(api, { text: 'Go?', ...inline([{ text: 'Yes', callback_data: 'y'.repeat(64) }]) });
    const press = api.press(ANN, HOME, id, 'Yes');
    const { result } = await call(api, 'getUpdates');
    expect(result).toMatchObject([
      {
        callback_query: { id: press, from: { id: 5 }, data: 'y'.repeat(64), message: { message_id: id, text: 'Go?' } },
      },
    ]);
    expect(api.answer(press)).toBeUndefined();
    const answer = { callback_query_id: press, text: 'Done', show_alert: true };
    expect(await call(api, 'answerCallbackQuery', answer)).toEqual({ ok: true, result: true });
    expect(api.answer(press)).toEqual({ text: 'Done', showAlert: true });
    const tooOld = 'Bad Request: query is too old and response timeout expired or query ID is invalid';
    expect((await call(api, 'answerCallbackQuery', answer)).description).toBe(tooOld);
    expect((await call(api, 'answerCallbackQuery', { callback_query_id: '1' })).description).toBe(tooOld);
    const late = api.press(ANN, HOME, id, 'y'.repeat(64));
    api.expireQuery(late);
    expect((await call(api, 'answerCallbackQuery', { callback_query_id: late })).description).toBe(tooOld);
    expect(() => api.press(ANN, HOME, id, 'No')).toThrow('no button "No" to press; it has: Yes (yyy');
  });
});

describe('edits and deletions', () => {
  const edit = (api: BotApi, message_id: number, params: object, method = 'editMessageText') =>
    call(api, method, { chat_id: 5, message_id, ...params });

  test('an edit without buttons takes them away; the same again is refused', async () => {
    const api = await start();
    const id = await sent(api, { text: 'x', ...inline([{ text: 'Stop', callback_data: 'stop' }]) });
    expect((await edit(api, id, { text: 'x' })).result).not.toHaveProperty('reply_markup');
    expect(api.messages(5)[0]).toMatchObject({ text: 'x', buttons: [], edits: 1 });
    expect((await edit(api, id, { text: 'x ' })).description).toBe(
      'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
    expect((await edit(api, id, inline([{ text: 'A', callback_data: 'a' }]), 'editMessageReplyMarkup')).ok).toBe(true);
    expect(api.messages(5)[0]).toMatchObject({ buttons: [[{ text: 'A', data: 'a' }]], edits: 2 });
  });

  test.each([
    ['no message', 'message to edit not found', () => 99],
    ['a message of somebody else', "message can't be edited", (api: BotApi) => api.say(ANN, HOME, 'mine')],
    [
      'an old message',
      "message can't be edited",
      async (api: BotApi) => {
        const id = await sent(api, { text: 'x' });
        api.makeOld(5, id);
        return id;
      },
    ],
    [
      'a deleted message',
      'message to edit not found',
      async (api: BotApi) => {
        const id = await sent(api, { text: 'x' });
        api.deleteMessage(5, id);
        return id;
      },
    ],
  ])('%s cannot be edited', async (_, error, make) => {
    const api = await start();
    expect((await edit(api, await make(api), { text: 'y' })).description).toBe(`Bad Request: ${error}`);
  });

  test.each([
    ['editMessageText', { text: 'x'.repeat(4097) }, 'MESSAGE_TOO_LONG'],
    ['editMessageText', { text: '' }, 'message text is empty'],
    ['editMessageText', { text: 'y', reply_markup: { keyboard: [] } }, 'inline keyboard expected'],
    ['editMessageCaption', { caption: 'y' }, 'there is no caption in the message to edit'],
  ])('%s with %j is refused', async (method, params, error) => {
    const api = await start();
    const { description } = await edit(api, await sent(api, { text: 'x' }), params, method);
    expect(description).toBe(`Bad Request: ${error}`);
  });

  test('the bot deletes what it may', async () => {
    const api = await start();
    const remove = async (chat_id: number, message_id: number) =>
      (await call(api, 'deleteMessage', { chat_id, message_id })).description ?? 'deleted';
    const [own, old] = [await sent(api, { text: 'a' }), await sent(api, { text: 'b' })];
    api.makeOld(5, old);
    expect(await remove(5, own)).toBe('deleted');
    expect(await remove(5, own)).toBe('Bad Request: message to delete not found');
    expect(await remove(5, old)).toBe("Bad Request: message can't be deleted for everyone");
    expect(await remove(5, api.say(ANN, HOME, 'x'))).toBe('deleted');
    expect(await remove(-100, api.say(ANN, GROUP, 'x'))).toBe("Bad Request: message can't be deleted");
    expect(api.messages(5).map(({ isDeleted }) => isDeleted)).toEqual([true, false]);
  });
});
