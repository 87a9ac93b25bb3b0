import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/server.ts';
import { image, images, video } from '../support/posts.ts';
import { until } from '../support/until.ts';
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
  STRANGER,
} from './support.ts';

const slowly = { mediaLatencyMs: 400 };
const count = (text: string, word: string) => text.split(word).length - 1;

describe('/backfill', () => {
  test('brings everything, tells how it goes in one message, and shows the newest pictures', async () => {
    const { api, it } = await converse({ posts: [...images(6), video(8)] });
    api.say(ADMIN, OFFICE, '/backfill');
    const result = await api.waitForMessage(OFFICE.id, /Done/);
    expect(result.text).toBe(
      [
        'Instagram backfill of @studio.example',
        'LIVE · feed · no limit',
        '',
        'Done',
        'Downloaded: 7',
        'Skipped (duplicate): 0',
        'Skipped (unsupported): 0',
        'Failed: 0',
        'Total API items: 7',
      ].join('\n'),
    );
    expect(result.buttons).toEqual([]);
    expect(result.edits).toBeGreaterThan(0);
    await api.waitFor(
      'the pictures',
      () => api.messages(OFFICE.id).filter(({ photos }) => photos.length > 0).length === 4,
    );
    expect(await it.files()).toHaveLength(7);
    expect(api.messages(OFFICE.id).filter(({ text }) => text.includes('Instagram backfill'))).toHaveLength(1);
  });

  test.each<[string, Record<string, unknown>]>([
    ['/backfill 2', { limit: 2, media_type: 'feed', dry_run: false, since: null }],
    ['/backfill dry', { limit: null, dry_run: true }],
    ['/backfill 2 dry', { limit: 2, dry_run: true }],
    ['/backfill dry 2', { limit: 2, dry_run: true }],
    ['/backfill stories', { media_type: 'stories' }],
    ['/backfill both since 2026-01-02 1', { media_type: 'both', limit: 1, since: '2026-01-02T00:00:00.000Z' }],
    ['/backfill SINCE 2026-01-02 Dry', { since: '2026-01-02T00:00:00.000Z', dry_run: true }],
  ])('%s', async (typed, input) => {
    const { api, it } = await converse({ posts: images(3), stories: [] });
    api.say(ADMIN, OFFICE, typed);
    await api.waitForMessage(OFFICE.id, /one\n/);
    const [run] = await it.app.runs.recent(1);
    expect([run?.triggeredBy, run?.input]).toEqual(['telegram', expect.objectContaining(input)]);
  });

  test.each([
    '/backfill all',
    '/backfill 0',
    '/backfill -5',
    '/backfill 5 6',
    '/backfill since',
    '/backfill since 2026-02-31',
    '/backfill dry dry',
    '/backfill 50 stories both',
    '/backfill *_[]()~`>#+-=|{}.!<&',
  ])('%s is answered with the usage, and not guessed at', async (typed) => {
    const { api, it } = await converse({ posts: images(1) });
    api.say(ADMIN, OFFICE, typed);
    expect((await api.waitForMessage(OFFICE.id, /did not understand/)).text).toContain('/backfill 50 dry');
    expect(await it.app.runs.recent(1)).toEqual([]);
  });

  test('a dry run says what the real one would take', async () => {
    const { api, it } = await converse({ posts: images(3) });
    api.say(ADMIN, OFFICE, '/backfill dry');
    const { text } = await api.waitForMessage(OFFICE.id, /Dry run done/);
    expect(text).toContain('Would download: 3');
    expect(text).toMatch(/Estimate for the real run: 2 API calls, about [\d.]+ (Ki)?B/);
    expect(await it.files()).toEqual([]);
  });

  test('what fails is told, three lines of eighty characters at most', async () => {
    const faults: Fault[] = [{ kind: 'status', status: 404, match: { endpoint: 'download' } }];
    const { api } = await converse({ posts: images(5), faults });
    api.say(ADMIN, OFFICE, '/backfill');
    const { text } = await api.waitForMessage(OFFICE.id, /Failed: 5/);
    const lines = text.split('\n').filter((line) => line.startsWith('• '));
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(82);
    expect(text).toContain('and more: /backfill_status');
  });

  test('no character of a caption, a name or an error breaks a message', async () => {
    const markup = '_*[]()~`>#+-=|{}.!<&\\ 🏖️ <b>x</b> &amp; [a](b)';
    const { api, it } = await converse({ posts: [image(1, { caption: markup })] });
    const [account] = await it.app.accounts.list();
    await it.app.accounts.add({ displayName: markup, instagramId: account?.instagramId ?? '', username: 'a_b.c' });
    it.sandbox.setFaults([
      { kind: 'error', code: 10, status: 403, message: markup, match: { endpoint: 'media-edge' } },
    ]);
    api.say(ADMIN, OFFICE, '/backfill');
    expect((await api.waitForMessage(OFFICE.id, /Stopped/)).text).toContain(
      '_*[]()~`>#+-=|{}.!<&\\ 🏖️ <b>x</b> &amp; [a](b)',
    );
    api.say(ADMIN, OFFICE, '/accounts');
    expect((await api.waitForMessage(OFFICE.id, /Accounts/)).text).toContain('@a_b.c (_*[]()~');
    api.say(ADMIN, OFFICE, '/backfill_status');
    await api.waitForMessage(OFFICE.id, /Last run: failed/);
    expect(api.calls.filter(({ ok }) => !ok)).toEqual([]);
  });

  test('a token that is refused is told with what to do', async () => {
    const { api, it } = await converse({ posts: images(1) });
    it.sandbox.revokeToken(460);
    api.say(ADMIN, OFFICE, '/backfill');
    const { text } = await api.waitForMessage(OFFICE.id, /Stopped/);
    expect(text).toContain('instagram-auth');
  });

  test('without an account it says how to connect one', async () => {
    const { api, it } = await converse();
    await it.type(['deactivate-instagram-account', 'studio.example']);
    api.say(ADMIN, OFFICE, '/backfill');
    expect((await api.waitForMessage(OFFICE.id, /No Instagram account/)).text).toContain('instagram-auth');
  });
});

describe('while a backfill is under way', () => {
  test('the bot answers others, and a second one is told who started the first', async () => {
    const { api } = await converse({ posts: images(40), ...slowly });
    api.say(ADMIN, GROUP, '/enable');
    await api.waitForMessage(GROUP.id, /can now command me/);
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Instagram backfill/);
    api.say(MEMBER, GROUP, '/backfill');
    expect((await api.waitForMessage(GROUP.id, /already running/)).text).toContain(
      '@ann_example started it in another chat',
    );
    api.say(ADMIN, OFFICE, '/backfill 5');
    expect((await api.waitForMessage(OFFICE.id, /already running/)).text).toContain('/cancel stops it');
    api.say(ADMIN, OFFICE, '/status');
    expect((await api.waitForMessage(OFFICE.id, /Running:/)).text).toContain('Running: @studio.example');
    api.say(ADMIN, OFFICE, '/cancel');
    await api.waitForMessage(OFFICE.id, /Cancelled in the chat/);
  });

  test('one that was started elsewhere is named too', async () => {
    const { api, it } = await converse({ posts: images(20), ...slowly });
    const stop = new AbortController();
    const running = it.run({ triggeredBy: 'cli' }, stop.signal);
    await api.waitFor('the run', () => it.sandbox.mediaCalls() > 0);
    api.say(ADMIN, OFFICE, '/backfill');
    expect((await api.waitForMessage(OFFICE.id, /already running/)).text).toContain('started from cli');
    stop.abort();
    await running;
  });

  test('how far one is that was started elsewhere is told; the chat does not cancel it', async () => {
    const stalled = { kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 3 } } as const;
    const { api, it } = await converse({ posts: images(6), faults: [stalled] });
    const running = it.run({ triggeredBy: 'cli' });
    const progress = async () => (await it.app.runs.running())[0]?.progress;
    await until('two are there', async () => (await progress())?.downloaded === 2);
    api.say(ADMIN, OFFICE, '/status');
    const health = await api.waitForMessage(OFFICE.id, /Running:/);
    expect(health.text).toContain('Running: @studio.example, by cli, 2 new, 0 known');
    api.say(ADMIN, OFFICE, '/backfill_status');
    const last = await api.waitForMessage(OFFICE.id, /backfilled item/);
    expect(last.text).toMatch(/Last run: running\n.*\nBy cli\nDownloaded: 2\n/);
    api.say(ADMIN, OFFICE, '/cancel');
    await api.waitForMessage(OFFICE.id, /This chat has no running backfill/);
    const [run] = await it.app.runs.running();
    expect([run?.isCancelled, await it.app.runs.cancel(run?.id ?? '', 'web')]).toEqual([false, true]);
    expect((await running).stoppedBy?.message).toBe('Cancelled from the web page');
  });

  test('a strict pace of Telegram’s costs nothing but time', async () => {
    const { api } = await converse({ posts: images(12), mediaLatencyMs: 100, botApi: { strictFlood: true } });
    api.say(ADMIN, OFFICE, '/backfill');
    for (const typed of ['/status', '/accounts', '/backfill_status']) api.say(ADMIN, OFFICE, typed);
    await api.waitForMessage(OFFICE.id, /Done/, 30_000);
    await api.waitForMessage(OFFICE.id, /backfilled item/, 30_000);
  });

  test('its Cancel button stops it at once; what came stays', async () => {
    const { api, it } = await converse({ posts: images(60), ...slowly });
    api.say(ADMIN, OFFICE, '/backfill');
    const { id, buttons } = await api.waitForMessage(OFFICE.id, /Instagram backfill/);
    expect(buttons.flat().map(({ text }) => text)).toEqual(['Cancel']);
    const query = api.press(ADMIN, OFFICE, id, 'Cancel');
    const { text } = await api.waitForMessage(OFFICE.id, /Stopped: Cancelled in the chat/);
    expect(text).toContain('Downloaded files are kept.');
    await api.waitFor('the toast', () => api.answer(query)?.text === 'Stopping…');
    const [run] = await it.app.runs.recent(1);
    expect(run?.status).toBe('interrupted');
    expect((await it.run()).report.failed).toBe(0);
  });

  test('the bar moves, at a pace, and only when something changed', async () => {
    const { api } = await converse({ posts: images(60), mediaLatencyMs: 250 });
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Done/);
    const edits = api.calls.filter(({ method }) => method === 'editMessageText');
    const texts = edits.map(({ params }) => String(params.text));
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.length).toBeLessThan(61);
    expect(texts.some((text) => text.includes('▰') && text.includes('▱'))).toBe(true);
    expect(edits.every(({ ok }) => ok)).toBe(true);
  });

  test.each(['deleteMessage', 'makeOld'] as const)(
    'a message that cannot be edited any more is sent anew (%s)',
    async (how) => {
      const { api } = await converse({ posts: images(40), ...slowly });
      api.say(ADMIN, OFFICE, '/backfill');
      const first = await api.waitForMessage(OFFICE.id, /Instagram backfill/);
      api[how](OFFICE.id, first.id);
      await api.waitFor('another message', () =>
        api.messages(OFFICE.id).some(({ id, text }) => id !== first.id && /Instagram backfill/.test(text)),
      );
      api.say(ADMIN, OFFICE, '/cancel');
      const last = await api.waitForMessage(OFFICE.id, /Stopped/);
      expect(last.id).not.toBe(first.id);
    },
  );

  test('flood limits are waited out, and the result is shown all the same', async () => {
    const { api } = await converse({ posts: images(3) });
    api.flood(1, { methods: ['editMessageText'], times: 2 });
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Done/);
  });

  test('on shutdown the run is closed as interrupted, and its message says so', async () => {
    const { api, it, stop } = await converse({ posts: images(60), ...slowly });
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Instagram backfill/);
    await stop();
    expect((await it.app.runs.recent(1))[0]?.status).toBe('interrupted');
    expect(api.conversation(OFFICE.id)).toContain('Stopped: Interrupted');
  });

  test.each<[string, (conversation: Conversation) => unknown, string]>([
    ['the bot stops', ({ stop }) => void stop(), 'Stopped: Interrupted'],
    [
      'the chat cancels',
      ({ api }) => {
        api.say(ADMIN, OFFICE, '/cancel');
        return api.waitForMessage(OFFICE.id, /Stopping the backfill/);
      },
      'Stopped: Cancelled in the chat',
    ],
  ])('the first message says what became of its run, if %s before Telegram confirms it', async (_, end, said) => {
    const conversation = await converse({ posts: images(60), ...slowly });
    const { api, it } = conversation;
    api.hang('late', { methods: ['sendMessage'], chat: OFFICE.id });
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Instagram backfill/);
    await end(conversation);
    await until('the run is over', async () => (await it.app.runs.recent(1))[0]?.status === 'interrupted');
    api.clearUp();
    await api.waitFor('its last word', () => api.conversation(OFFICE.id).includes(said));
    expect(api.conversation(OFFICE.id)).not.toContain('[Cancel]');
  });

  test('a message that was left hanging is finished after a restart', async () => {
    const { api, it, start, stop } = await converse({ posts: images(3) });
    api.say(ADMIN, OFFICE, '/backfill');
    const { id } = await api.waitForMessage(OFFICE.id, /Done/);
    await stop();
    // As a process that died leaves it: the run open, and its message under way.
    const [run] = await it.app.runs.recent(1);
    await it.app.runs.noteMessage(run?.id ?? '', { chat_id: OFFICE.id, message_id: id });
    await it.app.db.query.updateTable('service_runs').set({ status: 'running', result_summary: null }).execute();
    await start();
    const { text } = await api.waitForMessage(OFFICE.id, /Stopped: The process ended/);
    expect(text).toContain('Send /backfill again to continue');
    await until('it is noted', async () => (await it.app.runs.withMessages()).length === 0);
  });
});

describe('who may', () => {
  test('strangers get one polite line an hour, and the admin sees that they tried', async () => {
    const clock = movableClock();
    const { api, it } = await converse({ posts: images(1), now: clock.now });
    for (const typed of ['/backfill', '/status', 'hello']) api.say(STRANGER, ELSEWHERE, typed);
    await api.waitForMessage(ELSEWHERE.id, /Sorry/);
    expect(await it.app.runs.recent(1)).toEqual([]);
    api.say(ADMIN, OFFICE, '/status');
    expect((await api.waitForMessage(OFFICE.id, /Recently refused/)).text).toContain('@cleo_example in chat 7');
    expect((await it.type(['list-users'])).stdout).toMatch(/@cleo_example \(id 7\) in chat 7/);
    expect(api.messages(ELSEWHERE.id)).toHaveLength(1);
    clock.pass(HOUR);
    api.say(STRANGER, ELSEWHERE, '/help');
    await api.waitFor('a second one', () => api.messages(ELSEWHERE.id).length === 2);
    expect(api.conversation(ELSEWHERE.id)).not.toContain('Recently refused');
  });

  test('an admin of the bot may anywhere, once promoted', async () => {
    const clock = movableClock();
    const { api, it } = await converse({ posts: images(2), now: clock.now });
    api.say(STRANGER, ELSEWHERE, '/start');
    await api.waitForMessage(ELSEWHERE.id, /Sorry/);
    expect((await it.type(['promote-user', '@Cleo_example'])).stdout).toBe(
      '@cleo_example (id 7, name Cleo <b>_*[x](y)`) is now an admin.\n',
    );
    api.say(STRANGER, ELSEWHERE, '/backfill');
    await api.waitForMessage(ELSEWHERE.id, /Done/);
    await it.type(['promote-user', '7', '--demote']);
    clock.pass(HOUR);
    api.say(STRANGER, ELSEWHERE, '/status');
    await api.waitFor('a refusal', () => count(api.conversation(ELSEWHERE.id), 'Sorry') === 2);
  });

  test('members of a chat may where an admin enabled it, and not any more where it is disabled', async () => {
    const clock = movableClock();
    const { api } = await converse({ posts: images(2), now: clock.now });
    api.say(MEMBER, GROUP, '/backfill');
    await api.waitForMessage(GROUP.id, /Sorry/);
    clock.pass(HOUR);
    api.say(MEMBER, GROUP, '/enable');
    await api.waitFor('a second refusal', () => count(api.conversation(GROUP.id), 'Sorry') === 2);
    api.say(ADMIN, GROUP, '/enable');
    await api.waitForMessage(GROUP.id, /members of this chat can now command me/);
    api.say(MEMBER, GROUP, '/backfill');
    await api.waitForMessage(GROUP.id, /Done/);
    api.say(MEMBER, GROUP, '/disable');
    await api.waitForMessage(GROUP.id, /Only an admin can do that/);
    api.say(ADMIN, GROUP, `/disable@${api.bot.username}`);
    await api.waitForMessage(GROUP.id, /Only admins can command me here/);
    clock.pass(HOUR);
    api.say(MEMBER, GROUP, '/status');
    await api.waitFor('a third refusal', () => count(api.conversation(GROUP.id), 'Sorry') === 3);
  });

  test('a promote of somebody unknown says what to do first', async () => {
    const { it } = await converse();
    const { exitCode, stderr } = await it.type(['promote-user', '@nobody']);
    expect([exitCode, stderr.includes('/start first')]).toEqual([2, true]);
  });

  test('everything that is asked and answered is recorded, and strangers by themselves', async () => {
    const { api, it } = await converse({ posts: images(1) });
    api.say(ADMIN, OFFICE, '/backfill');
    const { id } = await api.waitForMessage(OFFICE.id, /Done/);
    api.say(STRANGER, ELSEWHERE, '/accounts');
    await api.waitForMessage(ELSEWHERE.id, /Sorry/);
    await until('the result is recorded', async () => (await it.app.runs.withMessages()).length === 0);
    await until(
      'all is recorded',
      async () => (await it.app.db.query.selectFrom('user_interactions').selectAll().execute()).length === 3,
    );
    const rows = await it.app.db.query.selectFrom('user_interactions').selectAll().orderBy('created_at').execute();
    expect(rows.map((row) => [row.interaction_type, row.interaction_name])).toEqual([
      ['command', 'backfill'],
      ['bot_response', 'backfill'],
      ['bot_response', 'backfill_result'],
    ]);
    expect(rows.find((row) => row.interaction_name === 'backfill_result')?.telegram_message_id).toBe(id);
    const users = await it.app.db.query.selectFrom('users').selectAll().orderBy('telegram_user_id').execute();
    expect(users.map((user) => [user.telegram_user_id, user.telegram_username, user.role])).toEqual([
      [5, 'ann_example', 'member'],
    ]);
    expect(await it.app.db.query.selectFrom('bot_strangers').selectAll().execute()).toEqual([
      expect.objectContaining({ telegram_user_id: 7, username: 'cleo_example', chat_id: 7, asked: '/accounts' }),
    ]);
  });
});
