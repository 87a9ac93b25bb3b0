import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { images } from '../support/posts.ts';
import { until } from '../support/until.ts';
import { ADMIN, converse, OFFICE } from './support.ts';

const CONFLICT = 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running';
const WEBHOOK =
  "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
const POLLS = { methods: ['getUpdates'] };
const FOR_EVER = { ...POLLS, times: Number.POSITIVE_INFINITY };

/** Notes every wait that is asked for, and does not wait long. */
function noting() {
  const waits: number[] = [];
  const sleep = async (milliseconds: number) => {
    waits.push(milliseconds);
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { waits, sleep };
}

describe('polling', () => {
  test('is tried every few seconds while Telegram is away, however long', async () => {
    const { waits, sleep } = noting();
    const { api, said } = await converse({ posts: images(1), sleep });
    await api.goDown();
    waits.length = 0;
    await until('many tries', () => waits.length > 40);
    expect(Math.max(...waits)).toBeLessThanOrEqual(3000);
    await api.comeBack();
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
    expect(said.filter((line) => /Telegram cannot be reached/.test(line))).toHaveLength(1);
    expect(said.some((line) => /Telegram answers again/.test(line))).toBe(true);
  });

  test.each([
    ['502', (api: Api) => api.failNext(502, 30, ['getUpdates'])],
    ['a page of 502', (api: Api) => api.page(502, { ...POLLS, times: 30 })],
    ['400', (api: Api) => api.refuse(400, 'Bad Request: whatever', { ...POLLS, times: 30 })],
  ])('%s is tried every few seconds', async (_, trouble) => {
    const { waits, sleep } = noting();
    const { api } = await converse({ posts: images(1), sleep });
    waits.length = 0;
    trouble(api);
    await until('it is tried again and again', () => waits.length >= 30);
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
    expect(Math.max(...waits)).toBeLessThanOrEqual(3000);
  });

  test.each([
    [2, 3000],
    [40, 40_000],
    [3600, 60_000],
  ])('a 429 of %d s is heeded up to a minute', async (seconds, longest) => {
    const { waits, sleep } = noting();
    const { api } = await converse({ posts: images(1), sleep });
    waits.length = 0;
    api.flood(seconds, { ...POLLS, times: 3 });
    await until('it is tried again', () => waits.filter((wait) => wait >= 1000).length >= 3);
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
    expect(Math.max(...waits.filter((wait) => wait >= 1000))).toBe(longest);
  });

  test.each(['silence', 'drip'] as const)(
    'a poll that hangs (%s) is given up soon after its own time',
    async (kind) => {
      const { api } = await converse({
        posts: images(1),
        paces: { pollSeconds: 1 },
        environment: { NETWORK_TIMEOUT_SECONDS: '0.3' },
      });
      api.hang(kind, { ...POLLS, times: 3 });
      await api.waitFor('three tries', () => api.calls.filter(({ error }) => error === kind).length === 3);
      api.say(ADMIN, OFFICE, '/status');
      await api.waitForMessage(OFFICE.id, /No problems found/);
    },
  );

  test('nonsense instead of updates ends nothing', async () => {
    const { api } = await converse({ posts: images(1) });
    api.deliver('message', null);
    api.deliver('callback_query', { id: '1' });
    api.deliver('message', { message_id: 1 });
    api.deliver('something_new', {});
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
  });

  test('what was answered does not come again after a restart', async () => {
    const { api, stop, start } = await converse({ posts: images(1) });
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
    await stop();
    await start();
    api.say(ADMIN, OFFICE, '/nonsense');
    await api.waitForMessage(OFFICE.id, /I know these/);
    expect(api.messages(OFFICE.id)).toHaveLength(2);
  });
});

type Api = Awaited<ReturnType<typeof converse>>['api'];

describe('another program with the same token', () => {
  test('that is just ending costs a few tries', async () => {
    const { api, said } = await converse({ posts: images(1) });
    api.refuse(409, CONFLICT, { ...POLLS, times: 5 });
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
    expect(said.filter((line) => /Another program polls/.test(line))).toHaveLength(1);
  });

  test('that stays is told, by check-health too, and tried every minute; the run goes on', async () => {
    const { api, it, said } = await converse({ posts: images(12), mediaLatencyMs: 100, isAlone: false });
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Instagram backfill/);
    api.refuse(409, CONFLICT, FOR_EVER);
    await until('it is told', () => said.some((line) => /retries every minute/.test(line)));
    expect((await api.waitForMessage(OFFICE.id, /Done/)).text).toContain('Downloaded: 12');
    const health = await it.type(['check-health', '--offline']);
    expect(health.stdout).toMatch(/Bot messages .*warning .*Another program polls with this bot's token/);
    expect(health.stdout).toContain('Stop the other program');
    api.clearUp();
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
    await until('it is told', () => said.some((line) => /gets its messages again/.test(line)));
    expect((await it.type(['check-health', '--offline'])).stdout).not.toContain('Bot messages');
    expect(said.filter((line) => /retries every minute/.test(line))).toHaveLength(1);
  });

  test('really polls against it, as two bots do', async () => {
    const { api, said } = await converse({ posts: images(1), isAlone: false });
    let isOver = false;
    const other = (async () => {
      while (!isOver) await fetch(`${api.url}/bot${api.token}/getUpdates?timeout=1`);
    })();
    await until('it is told', () => said.some((line) => /retries every minute/.test(line)));
    isOver = true;
    await other;
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
  });

  test('ends a bot that is all there is, when no run is under way any more', async () => {
    const { api, it, said, ended } = await converse({ posts: images(30), mediaLatencyMs: 50 });
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Instagram backfill/);
    api.refuse(409, CONFLICT, FOR_EVER);
    expect(await ended()).toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('Another program polls'),
      hint: expect.stringContaining('Stop the other program'),
    });
    expect((await it.app.runs.recent(1))[0]?.status).toBe('completed');
    expect(api.conversation(OFFICE.id)).toContain('Downloaded: 30');
    expect(said.join('\n')).not.toMatch(/^\s+at /m);
  });

  test('a webhook is removed once; one that is set again is told as such', async () => {
    const { api, it, said } = await converse({ posts: images(1), isAlone: false });
    api.refuse(409, WEBHOOK, FOR_EVER);
    await until('it is told', () => said.some((line) => /has set a webhook[\s\S]*every minute/.test(line)));
    expect(api.calls.filter(({ method }) => method === 'deleteWebhook')).toHaveLength(1);
    expect((await it.type(['check-health', '--offline'])).stdout).toContain('Stop the program that sets the webhook');
    api.clearUp();
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
  });

  test('a token that is revoked in mid-life is told, and everything else goes on', async () => {
    const { api, said } = await converse({ posts: images(1), isAlone: false });
    api.refuse(401, 'Unauthorized', FOR_EVER);
    await until('it is told', () => said.some((line) => /TELEGRAM_BOT_TOKEN[\s\S]*every minute/.test(line)));
    api.clearUp();
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
  });
});

describe('a bad start', () => {
  test.each([
    ['502 as JSON', (api: Api) => api.failNext(502, 3, ['getMe', 'setMyCommands'])],
    ['500 as JSON', (api: Api) => api.failNext(500, 3, ['getMe'])],
    ['502 as a page', (api: Api) => api.page(502, { methods: ['getMe', 'setMyCommands'], times: 3 })],
    ['404 as a page', (api: Api) => api.page(404, { methods: ['getMe'], times: 3 })],
    ['429', (api: Api) => api.flood(30, { methods: ['getMe', 'setMyCommands'], times: 3 })],
    ['400', (api: Api) => api.refuse(400, 'Bad Request: whatever', { methods: ['getMe'], times: 3 })],
    ['silence', (api: Api) => api.hang('silence', { methods: ['getMe'], times: 3 })],
    ['a drip', (api: Api) => api.hang('drip', { methods: ['getMe'], times: 3 })],
    ['a menu that is never taken', (api: Api) => api.failNext(500, 1000, ['setMyCommands'])],
    ['a menu that hangs', (api: Api) => api.hang('silence', { methods: ['setMyCommands'], times: 1000 })],
  ])('%s is waited out', async (_, trouble) => {
    const { api, start, said } = await converse({
      posts: images(1),
      isStarted: false,
      environment: { NETWORK_TIMEOUT_SECONDS: '0.3' },
    });
    trouble(api);
    await start();
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
    expect(said.join('\n')).not.toMatch(/GrammyError|HttpError|^\s+at /m);
  });

  test.each([
    [401, 'Unauthorized'],
    [404, 'Not Found'],
  ])('a %d ends it with a clear line, also after other trouble', async (code, description) => {
    const { api, it } = await converse({ isStarted: false });
    for (const trouble of [() => undefined, () => api.failNext(502, 2, ['getMe'])]) {
      trouble();
      api.refuse(code, description, { methods: ['getMe'] });
      const { exitCode, stderr } = await it.type(['serve', '--no-web'], undefined, {
        environment: { TELEGRAM_BOT_TOKEN: `123456:${'x'.repeat(35)}`, TELEGRAM_API_ROOT: api.url },
      });
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/TELEGRAM_BOT_TOKEN[\s\S]*@BotFather/)]);
      expect(stderr).not.toMatch(/xxxxx|^\s+at /m);
    }
  });
});

/** `serve` with gallery and bot; what is heard of it, and how to stop it. */
async function serving(apiRoot: string, it: Awaited<ReturnType<typeof converse>>['it']) {
  const stop = new AbortController();
  let heard = '';
  const outcome = it.type(['serve', '--port', '0'], stop.signal, {
    environment: { TELEGRAM_BOT_TOKEN: `123456:${'A'.repeat(35)}`, TELEGRAM_API_ROOT: apiRoot },
    heard: (text) => {
      heard += text;
    },
  });
  const address = () => /The gallery is at (\S+) until/.exec(heard)?.[1];
  await Promise.race([until('the address is told', () => address() !== undefined), outcome]);
  return {
    page: async () => (await fetch(address() ?? '')).status,
    heard: () => heard,
    outcome,
    async stop() {
      stop.abort();
      return (await outcome).exitCode;
    },
  };
}

describe('the gallery', () => {
  test('is served while Telegram cannot be reached: refused, unknown, or silent', async () => {
    const { it } = await converse({ isStarted: false });
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await until('it listens', () => silent.listening);
    const { port } = silent.address() as AddressInfo;
    for (const root of ['http://127.0.0.1:9', 'http://no-such-name.invalid', `http://127.0.0.1:${port}`]) {
      const it_ = await serving(root, it);
      expect(await it_.page()).toBe(200);
      expect(await it_.stop()).toBe(0);
      expect(it_.heard()).not.toMatch(/^\s+at |AAAA/m);
    }
    silent.closeAllConnections();
    silent.close();
  });

  test('outlives another program with the same token', async () => {
    const token = `123456:${'A'.repeat(35)}`;
    const { it, api } = await converse({ isStarted: false, botApi: { token } });
    api.refuse(409, CONFLICT, FOR_EVER);
    const it_ = await serving(api.url, it);
    await until('it is told', () => /retries every minute/.test(it_.heard()));
    expect(await it_.page()).toBe(200);
    expect(await it_.stop()).toBe(0);
  });

  test('ends with a token that Telegram refuses at once', async () => {
    const { it, api } = await converse({ isStarted: false });
    const { exitCode, stderr } = await (await serving(api.url, it)).outcome;
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('TELEGRAM_BOT_TOKEN')]);
  });
});
