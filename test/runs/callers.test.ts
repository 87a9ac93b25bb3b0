import { Api } from 'grammy/web';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refetch } from '../../src/app/repair.ts';
import { createChatRuns } from '../../src/telegram/chat-runs.ts';
import { createWebRuns } from '../../src/web/api/web-runs.ts';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { ASK, type TestApp, testApp } from '../support/test-app.ts';
import { type BotApi, startBotApi } from '../telegram/bot-api/server.ts';
import { ADMIN, OFFICE } from '../telegram/support.ts';

/** Each caller that starts a run frees its account again, even if the caller fails before the first event. */
eachDatabase((databases) => {
  let world: TestApp;
  let botApi: BotApi;
  beforeEach(async () => {
    world = await testApp({ posts: images(3), stories: [], database: await databases.create() });
    botApi = await startBotApi();
    botApi.meet(OFFICE, ADMIN);
  });
  afterEach(async () => {
    await botApi.close();
    await world.close();
  });

  const signal = new AbortController().signal;
  const fail = () => {
    throw new Error('it fails');
  };
  const expectFree = async () => {
    const rows = await world.app.db.query.selectFrom('service_runs').select('status').execute();
    expect(rows.map(({ status }) => status)).toEqual(['failed']);
    expect(await world.app.db.query.selectFrom('run_locks').selectAll().execute()).toEqual([]);
    expect((await world.run()).report.downloaded).toBe(3);
  };
  const chatRuns = (answered: () => Promise<void>) =>
    createChatRuns({
      app: world.app,
      api: new Api(botApi.token, { apiRoot: botApi.url }),
      signal,
      closed: signal,
      answered,
    });
  const options = { mediaType: 'feed', limit: undefined, since: undefined, dryRun: false } as const;

  test('a chat whose answer cannot be recorded: the run goes on to its end', async () => {
    const runs = chatRuns(async () => fail());
    await runs.begin({ chatId: OFFICE.id, by: 'Ann', options });
    await runs.settled();
    const rows = await world.app.db.query.selectFrom('service_runs').select('status').execute();
    expect(rows.map(({ status }) => status)).toEqual(['completed']);
    expect(await world.app.db.query.selectFrom('run_locks').selectAll().execute()).toEqual([]);
    expect((await world.run()).report.downloaded).toBe(0);
  });

  test('a chat that takes no message', async () => {
    const runs = chatRuns(async () => undefined);
    await expect(runs.begin({ chatId: 404, by: 'Ann', options })).rejects.toThrow();
    await expectFree();
  });

  test('the page, whose watch fails', async () => {
    let looks = 0;
    const look = () => (looks++ === 0 ? fail() : undefined);
    const runs = createWebRuns(world.app, { look }, signal);
    await runs.start(ASK);
    await runs.settled();
    await expectFree();
  });

  test('a repair whose progress cannot be shown', async () => {
    await expect(refetch(world.app, ['1'], { signal, follow: fail })).rejects.toThrow('it fails');
    await expectFree();
  });

  test('the terminal, which takes no output', async () => {
    const typed = world.type(['backfill-instagram'], signal, { heard: fail });
    await typed.catch(() => undefined);
    await expectFree();
  });
});
