import { describe, expect, test } from 'vitest';
import { image, images } from '../support/posts.ts';
import { until } from '../support/until.ts';
import { ADMIN, converse, GROUP, OFFICE } from './support.ts';

const SECOND = {
  id: '2',
  name: 'Second Page',
  instagram: {
    account: { id: '17841400000000002', username: 'second.example', name: 'Second', appScopedId: '2602' },
    posts: [image(42), image(41)],
  },
};
const TWO = { pages: [{ id: '1', name: 'Studio', instagram: 'own' as const }, SECOND] };

describe('/accounts', () => {
  test('switches the account that the chat means, and that chat alone', async () => {
    const { api, it } = await converse({ posts: images(3), ...TWO });
    const second = await it.app.accounts.add({
      displayName: 'Second',
      instagramId: SECOND.instagram.account.id,
      username: 'second.example',
    });
    await it.app.tokens.store(second, { value: it.sandbox.tokens.facebook, expiresAt: undefined });
    api.say(ADMIN, GROUP, '/enable');
    await api.waitForMessage(GROUP.id, /now command me/);
    await it.app.accounts.setActive(await it.app.accounts.find('studio.example'));

    api.say(ADMIN, GROUP, '/accounts');
    const list = await api.waitForMessage(GROUP.id, /Which account should this chat use/);
    expect(list.buttons.flat().map(({ text }) => text)).toEqual(['● @studio.example', '@second.example']);
    const query = api.press(ADMIN, GROUP, list.id, '@second.example');
    await api.waitForMessage(GROUP.id, /● @second.example/);
    await api.waitFor('the toast', () => api.answer(query)?.text === 'This chat now uses @second.example.');

    api.say(ADMIN, GROUP, '/backfill');
    expect((await api.waitForMessage(GROUP.id, /Done/)).text).toMatch(/of @second.example[\s\S]*Downloaded: 2/);
    api.say(ADMIN, OFFICE, '/backfill dry');
    expect((await api.waitForMessage(OFFICE.id, /Dry run done/)).text).toContain('of @studio.example');
  });

  test('two chats bring two accounts at once', async () => {
    const { api, it } = await converse({ posts: images(30), mediaLatencyMs: 100, ...TWO });
    const second = await it.app.accounts.add({
      displayName: 'Second',
      instagramId: SECOND.instagram.account.id,
      username: 'second.example',
    });
    await it.app.tokens.store(second, { value: it.sandbox.tokens.facebook, expiresAt: undefined });
    await it.app.accounts.setActive(await it.app.accounts.find('studio.example'));
    await it.app.accounts.setActive(second, GROUP.id);
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Instagram backfill/);
    api.say(ADMIN, GROUP, '/backfill');
    expect((await api.waitForMessage(GROUP.id, /Done/)).text).toContain('Downloaded: 2');
    expect((await api.waitForMessage(OFFICE.id, /Done/)).text).toContain('Downloaded: 30');
  });

  test('a button of an account that is gone does nothing', async () => {
    const { api, it } = await converse({ posts: images(1), ...TWO });
    const second = await it.app.accounts.add({
      displayName: 'Second',
      instagramId: SECOND.instagram.account.id,
      username: 'second.example',
    });
    api.say(ADMIN, OFFICE, '/accounts');
    const { id } = await api.waitForMessage(OFFICE.id, /Which account/);
    await it.app.accounts.setEnabled(second, false);
    const query = api.press(ADMIN, OFFICE, id, '@second.example');
    await api.waitFor('the toast', () => api.answer(query)?.text === 'That account no longer exists.');
  });
});

test('the menu is registered, and /start and /help tell the same', async () => {
  const { api } = await converse();
  const menu = api.commands().default ?? [];
  expect(menu.map(({ command }) => command)).toEqual([
    'backfill',
    'backfill_status',
    'accounts',
    'status',
    'cancel',
    'help',
  ]);
  expect(menu[0]?.description).toBe('Backfill media from Instagram');
  api.say(ADMIN, OFFICE, '/start');
  api.say(ADMIN, OFFICE, '/help');
  await api.waitFor('two answers', () => api.messages(OFFICE.id).length === 2);
  for (const { text } of api.messages(OFFICE.id)) expect(text).toContain('/backfill - Backfill media from Instagram');
});

test('/status says what is not well, and what to do', async () => {
  const { api, it } = await converse({ posts: images(1) });
  api.say(ADMIN, OFFICE, '/status');
  await api.waitForMessage(OFFICE.id, /No problems found/);
  const [account] = await it.app.accounts.list();
  if (account) await it.app.tokens.forget(account);
  api.say(ADMIN, OFFICE, '/status');
  expect((await api.waitForMessage(OFFICE.id, /\d problems? found/)).text).toContain('instagram-auth');
});

test('/cancel and a Cancel button where nothing is under way say so', async () => {
  const { api } = await converse({ posts: images(1) });
  api.say(ADMIN, OFFICE, '/cancel');
  await api.waitForMessage(OFFICE.id, /This chat has no running backfill/);
  api.say(ADMIN, OFFICE, '/nonsense');
  await api.waitForMessage(OFFICE.id, /I know these/);
});

describe('Telegram', () => {
  test('that delivers an update twice gets one answer', async () => {
    const { api, it } = await converse({ posts: images(2) });
    api.deliverTwice();
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Done/);
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
    expect(await it.app.runs.recent(9)).toHaveLength(1);
  });

  test('that cannot be reached at the start is tried until it can', async () => {
    const { api, said, start } = await converse({ posts: images(1), isStarted: false });
    await api.goDown();
    const starting = start();
    await api.waitFor('a warning', () => said.some((line) => /cannot be reached yet/.test(line)));
    await api.comeBack();
    await starting;
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /No problems found/);
  });

  test('that goes away in between does not end the bot, nor the run', async () => {
    const { api, it } = await converse({ posts: images(20), mediaLatencyMs: 100 });
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Instagram backfill/);
    await api.goDown();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await api.comeBack();
    expect((await api.waitForMessage(OFFICE.id, /Done/, 30_000)).text).toContain('Downloaded: 20');
    expect(await it.files()).toHaveLength(20);
  });

  test('that cannot be reached when a run ends hears of it at the next start', async () => {
    const { api, it, stop, start } = await converse({ posts: images(3), mediaLatencyMs: 150 });
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Instagram backfill/);
    api.blockedBy(OFFICE.id);
    await until('the run is over', async () => (await it.app.runs.recent(1))[0]?.status === 'completed');
    await stop();
    expect(api.conversation(OFFICE.id)).not.toContain('Done');
    expect(await it.app.runs.withMessages()).toHaveLength(1);
    // Writing ends the block.
    api.say(ADMIN, OFFICE, 'hello');
    await start();
    expect((await api.waitForMessage(OFFICE.id, /Done/)).text).toContain('Downloaded: 3');
    expect(await it.app.runs.withMessages()).toEqual([]);
  });

  test('that takes no message leaves no run behind that nobody sees', async () => {
    const { api, it, said } = await converse({ posts: images(3) });
    api.say(ADMIN, OFFICE, '/backfill');
    api.blockedBy(OFFICE.id);
    await until('it is given up', () => said.some((line) => /could not be answered/.test(line)));
    expect((await it.app.runs.recent(1))[0]?.status).toBe('interrupted');
    expect(await it.app.db.query.selectFrom('run_locks').selectAll().execute()).toEqual([]);
  });

  test('that does not know the token ends the bot with a clear line', async () => {
    const { it, api } = await converse({ isStarted: false });
    const { exitCode, stderr } = await it.type(['serve', '--no-web'], undefined, {
      environment: { TELEGRAM_BOT_TOKEN: `123456:${'x'.repeat(35)}`, TELEGRAM_API_ROOT: api.url },
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/does not (accept|know) the token[\s\S]*@BotFather/)]);
    expect(stderr).not.toContain('xxxxx');
  });

  test('without a token there is nothing to serve', async () => {
    const { it } = await converse({ isStarted: false });
    const { exitCode, stderr } = await it.type(['serve', '--no-web']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('TELEGRAM_BOT_TOKEN is not set')]);
  });
});

test('serve runs until Ctrl-C, and ends well', async () => {
  const token = `123456:${'A'.repeat(35)}`;
  const { it, api } = await converse({ posts: images(1), isStarted: false, botApi: { token } });
  const stop = new AbortController();
  const serving = it.type(['serve', '--no-web'], stop.signal, {
    environment: { TELEGRAM_BOT_TOKEN: api.token, TELEGRAM_API_ROOT: api.url },
  });
  await api.waitFor('the bot', () => api.isPolled());
  api.say(ADMIN, OFFICE, '/backfill');
  await api.waitForMessage(OFFICE.id, /Done/);
  stop.abort();
  expect((await serving).exitCode).toBe(0);
});
