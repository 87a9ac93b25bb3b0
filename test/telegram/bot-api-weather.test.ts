import { describe, expect, test } from 'vitest';
import { call, start } from './calls.ts';

describe('menus', () => {
  const set = async (api: Parameters<typeof call>[0], params: object) =>
    (await call(api, 'setMyCommands', params)).description ?? 'set';
  const start_ = { command: 'start', description: 'Start' };

  test('are kept by scope and language', async () => {
    const api = await start();
    const scope = { type: 'chat', chat_id: 5 };
    expect(await set(api, { commands: [start_] })).toBe('set');
    expect(await set(api, { commands: [start_], scope, language_code: 'de' })).toBe('set');
    expect(api.commands()).toEqual({ default: [start_], 'chat:5/de': [start_] });
    expect((await call(api, 'getMyCommands')).result).toEqual([start_]);
    expect((await call(api, 'getMyCommands', { scope })).result).toEqual([]);
    await call(api, 'deleteMyCommands');
    expect(api.commands()).toEqual({ 'chat:5/de': [start_] });
  });

  test.each([
    [{ command: 'Start', description: 'x' }, 'BOT_COMMAND_INVALID'],
    [{ command: 'x'.repeat(33), description: 'x' }, 'BOT_COMMAND_INVALID'],
    [{ command: 'a-b', description: 'x' }, 'BOT_COMMAND_INVALID'],
    [{ command: 'a', description: ' ' }, 'command description must be non-empty'],
    [{ command: 'a', description: 'x'.repeat(257) }, 'BOT_COMMAND_DESCRIPTION_INVALID'],
    [{ command: 'a' }, `can't parse BotCommand: Can't find field "description"`],
  ])('%j is refused', async (command, error) => {
    expect(await set(await start(), { commands: [command] })).toBe(`Bad Request: ${error}`);
  });

  test('a hundred are taken, one more is not; an unknown scope is not', async () => {
    const api = await start();
    const commands = Array.from({ length: 101 }, (_, i) => ({ command: `c${i}`, description: 'x' }));
    expect(await set(api, { commands: commands.slice(1) })).toBe('set');
    expect(await set(api, { commands })).toBe('Bad Request: BOT_COMMANDS_TOO_MUCH');
    expect(await set(api, { commands: [], scope: { type: 'world' } })).toContain('Unsupported type specified');
  });
});

describe('weather', () => {
  test('a flood answers 429 with the time to wait', async () => {
    const api = await start();
    api.flood(3, { methods: ['sendMessage'], times: 2 });
    const text = () => call(api, 'sendMessage', { chat_id: 5, text: 'x' });
    expect((await call(api, 'getMe')).ok).toBe(true);
    const flooded = {
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 3',
      parameters: { retry_after: 3 },
    };
    expect([await text(), await text()]).toEqual([flooded, flooded]);
    expect((await text()).ok).toBe(true);
  });

  test.each([
    [500, 'Internal Server Error'],
    [502, 'Bad Gateway'],
  ] as const)('%s comes so many times, polls are spared', async (status, description) => {
    const api = await start();
    api.failNext(status);
    expect((await call(api, 'getUpdates')).ok).toBe(true);
    expect(await call(api, 'getMe')).toEqual({ ok: false, error_code: status, description });
    expect((await call(api, 'getMe')).ok).toBe(true);
  });

  test('a strict pace lets a burst through, then asks to wait', async () => {
    const api = await start({ strictFlood: true });
    const text = (chat_id: number) => call(api, 'sendMessage', { chat_id, text: 'x' });
    const answers = [];
    for (let i = 0; i < 10; i++) answers.push(await text(5));
    expect(answers.slice(0, 3).every(({ ok }) => ok)).toBe(true);
    expect([1, 2, 3]).toContain(answers.find(({ ok }) => !ok).parameters.retry_after);
    expect((await text(-100)).ok).toBe(true);
  });

  test('down it refuses, back it serves on the same port with all it knew', async () => {
    const api = await start();
    await call(api, 'sendMessage', { chat_id: 5, text: 'before' });
    await api.goDown();
    await expect(call(api, 'getMe')).rejects.toThrow('fetch failed');
    await api.comeBack();
    await call(api, 'sendMessage', { chat_id: 5, text: 'after' });
    expect(api.messages(5).map(({ text }) => text)).toEqual(['before', 'after']);
  });

  test('going down cuts a poll', async () => {
    const api = await start({ pollTimeoutCap: 30 });
    const poll = call(api, 'getUpdates', { timeout: 30 }).then(
      () => 'answered',
      () => 'cut',
    );
    await api.waitFor('a poll', api.isPolled);
    await api.goDown();
    expect(await poll).toBe('cut');
  });
});
