import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashPassword, isPassword } from '../../../src/accounts/passwords.ts';
import { createWebAccess } from '../../../src/accounts/web-access.ts';
import { eachDatabase } from '../../support/databases.ts';
import { cookieOf, messageOf, PASSWORD, type TestGallery, testGallery } from '../support.ts';

const DAY = 24 * 60 * 60_000;

eachDatabase((databases) => {
  let gallery: TestGallery;
  let time: Date;
  const later = (milliseconds: number) => {
    time = new Date(time.getTime() + milliseconds);
  };
  beforeEach(async () => {
    time = new Date('2026-01-01T00:00:00Z');
    gallery = await testGallery({ database: await databases.create(), now: () => time });
  });
  afterEach(() => gallery.close());

  const logIn = (password = PASSWORD, headers: Record<string, string> = {}) =>
    gallery.send('POST', '/api/session', { password }, headers);
  const statusWith = async (cookie: string, path = '/api/openapi.json') =>
    (await gallery.ask(path, { headers: { Cookie: cookie } })).status;

  test('without a password, everybody on this machine has access', async () => {
    expect(await (await gallery.ask('/api/session')).json()).toEqual({
      access: 'open',
      library: 'own',
      version: '1.2.3',
    });
    expect(await statusWith('')).toBe(200);
    const answer = await logIn();
    expect([answer.status, await messageOf(answer)]).toEqual([401, 'Wrong password']);
  });

  test('with a password, everything but the page requires a session, also on this machine', async () => {
    await gallery.setCheaply();
    for (const path of ['/', '/login', '/assets/page-1a2b.js', '/api/session', '/sandbox/', '/sandbox/api/session']) {
      expect([path, await statusWith('', path)]).toEqual([path, 200]);
    }
    for (const path of [
      '/api/openapi.json',
      '/api/posts',
      '/api/nothing',
      '/sandbox/api/openapi.json',
      '/api/session/',
      '/api//session',
    ]) {
      expect([path, [400, 401].includes(await statusWith('', path))]).toEqual([path, true]);
    }
    const refused = await gallery.ask('/api/openapi.json');
    expect(await messageOf(refused)).toBe('Log in first');
    expect(await (await gallery.ask('/api/session')).json()).toMatchObject({ access: 'needed' });

    const answer = await logIn();
    expect(await answer.json()).toEqual({ access: 'granted', library: 'own', version: '1.2.3' });
    const cookie = cookieOf(answer);
    expect(await statusWith(cookie)).toBe(200);
    expect(await (await gallery.ask('/api/session', { headers: { Cookie: cookie } })).json()).toMatchObject({
      access: 'granted',
    });
    const ended = await gallery.send('DELETE', '/api/session', undefined, { Cookie: cookie });
    expect(await ended.json()).toMatchObject({ access: 'needed' });
    expect(ended.headers.get('set-cookie')).toMatch(/^storyline_session=; Max-Age=0; Path=\//);
    expect(await statusWith(cookie)).toBe(401);
  });

  test('the cookie is HttpOnly and SameSite, and Secure over https', async () => {
    await gallery.setCheaply();
    const [plain] = (await logIn()).headers.getSetCookie();
    expect(plain).toMatch(/^storyline_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/);
    const secure = (await logIn(PASSWORD, { 'X-Forwarded-Proto': 'https' })).headers.getSetCookie();
    for (const cookie of secure) expect(cookie).toMatch(/; Secure/);
  });

  test('forged, foreign and malformed cookies grant no access', async () => {
    await gallery.setCheaply();
    const cookie = cookieOf(await logIn());
    const { token_hash } = await gallery.library.app.db.query
      .selectFrom('web_sessions')
      .selectAll()
      .executeTakeFirstOrThrow();
    const flipped = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const forged of [
      flipped,
      'storyline_session=',
      `storyline_session=${'A'.repeat(43)}`,
      `storyline_session=${token_hash}`,
      `storyline_session=${'A'.repeat(5000)}`,
      "storyline_session=' or 1=1 --",
      'storyline_session=%00%ff',
      'storyline_session',
      ';;;=',
    ]) {
      expect([forged, await statusWith(forged)]).toEqual([forged, 401]);
    }
    expect(await statusWith(cookie)).toBe(200);
  });

  test('the database contains neither the password nor a token', async () => {
    await gallery.access.setPassword(PASSWORD);
    const token = cookieOf(await logIn()).split('=')[1] ?? '';
    const { query } = gallery.library.app.db;
    const stored = JSON.stringify([
      await query.selectFrom('web_access').selectAll().execute(),
      await query.selectFrom('web_sessions').selectAll().execute(),
    ]);
    expect(stored).toContain('scrypt$131072$8$1$');
    expect(stored).not.toContain(PASSWORD);
    expect(stored).not.toContain(token);
    expect(gallery.logged.join('\n')).not.toContain(PASSWORD);
    expect(gallery.logged.join('\n')).not.toContain(token);
  });

  test('a session ends thirty days after its last use, and is deleted', async () => {
    await gallery.setCheaply();
    const cookie = cookieOf(await logIn());
    later(29 * DAY);
    const used = await gallery.ask('/api/openapi.json', { headers: { Cookie: cookie } });
    expect(used.status).toBe(200);
    // The browser keeps it for longer too.
    expect(cookieOf(used)).toBe(cookie);
    later(29 * DAY);
    expect(await statusWith(cookie)).toBe(200);
    later(30 * DAY);
    expect(await statusWith(cookie)).toBe(401);
    await logIn();
    const sessions = await gallery.library.app.db.query.selectFrom('web_sessions').selectAll().execute();
    expect(sessions).toHaveLength(1);
  });

  test('a new password ends all sessions, also those of logins in progress', async () => {
    await gallery.setCheaply();
    const cookie = cookieOf(await logIn());
    later(1000);
    const login = gallery.access.logIn(PASSWORD);
    await gallery.access.setPassword('another good one');
    await gallery.library.app.db.query
      .updateTable('web_access')
      .set({ changed_at: new Date(time.getTime() + 1) })
      .execute();
    const token = await login;
    later(1000);
    expect(await statusWith(cookie)).toBe(401);
    expect(await gallery.access.check(token)).toBe('needed');
    expect((await logIn()).status).toBe(401);
    expect((await logIn('another good one')).status).toBe(200);
  });

  test('a right password is compared, however many wrong ones were sent before', async () => {
    await gallery.setCheaply();
    for (let n = 0; n < 12; n += 1) expect((await logIn(`wrong ${n}`)).status).toBe(401);
    expect((await logIn()).status).toBe(200);
    const guesses = Array.from({ length: 7 }, (_, n) => logIn(`at the same time ${n}`));
    expect((await logIn()).status).toBe(200);
    expect((await Promise.all(guesses)).map(({ status }) => status)).toEqual(Array(7).fill(401));
  });

  test('if the line is full, a password is refused with a message and Retry-After', async () => {
    await gallery.setCheaply();
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => logIn(`at the same time ${n}`)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toBe('5');
    expect(await messageOf(refused[0] as Response)).toBe('Many wrong passwords were sent, and the line is full');
    expect((await logIn()).status).toBe(200);
  });

  test('a browser stays known after a logout, until the password changes', async () => {
    await gallery.setCheaply();
    const answer = await logIn();
    const [, browser = ''] = answer.headers.getSetCookie();
    expect(browser).toMatch(/^storyline_browser=[\w-]{43}; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Strict$/);
    const token = browser.split(/[=;]/)[1] ?? '';
    await gallery.send('DELETE', '/api/session', undefined, { Cookie: cookieOf(answer) });
    expect(await gallery.access.findBrowser(token)).toMatch(/^[\da-f]{64}$/);
    // It opens nothing.
    expect(await statusWith(`storyline_browser=${token}; storyline_session=${token}`)).toBe(401);
    const again = await logIn(PASSWORD, { Cookie: `storyline_browser=${token}` });
    expect(again.headers.getSetCookie()[1]).toContain(token);
    for (const forged of ['', 'A'.repeat(43), `${token}x`, "' or 1=1 --"]) {
      expect(await gallery.access.findBrowser(forged)).toBeUndefined();
    }
    await gallery.access.setPassword('another good one');
    expect(await gallery.access.findBrowser(token)).toBeUndefined();
    const { query } = gallery.library.app.db;
    expect(await query.selectFrom('web_browsers').selectAll().execute()).toEqual([]);
  });

  test('at most two hundred browsers are known; the least recently seen are forgotten', async () => {
    await gallery.setCheaply();
    const tokens: (string | undefined)[] = [];
    for (let n = 0; n < 203; n += 1) {
      const session = await gallery.access.logIn(PASSWORD);
      tokens.push(await gallery.access.rememberBrowser(session ?? '', undefined));
      later(1000);
    }
    const { query } = gallery.library.app.db;
    expect(await query.selectFrom('web_browsers').select('token_hash').execute()).toHaveLength(200);
    expect(await gallery.access.findBrowser(tokens[2])).toBeUndefined();
    expect(await gallery.access.findBrowser(tokens[3])).toBeDefined();
  });

  test.each(['2031-06-01T00:00:00Z', '1970-01-02T00:00:00Z'])(
    'a password that was set while the clock said %s admits everybody who has it',
    async (wrong) => {
      const right = time;
      time = new Date(wrong);
      await gallery.access.setPassword(PASSWORD);
      const early = cookieOf(await logIn());
      expect(await statusWith(early)).toBe(200);
      time = right;
      const cookie = cookieOf(await logIn());
      expect(await statusWith(cookie)).toBe(200);
      later(29 * DAY);
      expect(await statusWith(cookie)).toBe(200);
    },
  );

  test('two processes see the same password and sessions', async () => {
    const other = createWebAccess({ db: gallery.library.app.db, now: () => time });
    await other.setPassword(PASSWORD);
    expect(await statusWith('')).toBe(401);
    const token = await other.logIn(PASSWORD);
    expect(await statusWith(`storyline_session=${token}`)).toBe(200);
    expect(await other.removePassword()).toBe(true);
    expect(await other.removePassword()).toBe(false);
    expect(await statusWith('')).toBe(200);
  });
});

test('a password matches in composed and decomposed Unicode, with the stored cost', async () => {
  const stored = await hashPassword('Grüße an alle');
  expect(await isPassword('Gru\u0308ße an alle', stored)).toBe(true);
  expect(await isPassword('Grüße an Alle', stored)).toBe(false);
  expect(await hashPassword('Grüße an alle')).not.toBe(stored);
  // What an earlier version stored, at another cost.
  const { scryptSync } = await import('node:crypto');
  const salt = Buffer.from('salt of that time');
  const cheap = scryptSync('good old words', salt, 32, { N: 1024, r: 8, p: 1 });
  const old = `scrypt$1024$8$1$${salt.toString('base64')}$${cheap.toString('base64')}`;
  expect(await isPassword('good old words', old)).toBe(true);
  expect(await isPassword('bad old words', old)).toBe(false);
  for (const nothing of [undefined, '', 'scrypt$', 'scrypt$1024$8$1$$']) {
    expect(await isPassword('', nothing)).toBe(false);
  }
});
