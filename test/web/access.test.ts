import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLoginThrottle } from '../../src/web/login-throttle.ts';
import { hashPassword, isPassword } from '../../src/web/passwords.ts';
import { createWebAccess } from '../../src/web/web-access.ts';
import { eachDatabase } from '../support/databases.ts';
import { cookieOf, messageOf, PASSWORD, type TestGallery, testGallery } from './support.ts';

const DAY = 24 * 60 * 60_000;

eachDatabase((databases) => {
  let it: TestGallery;
  let time: Date;
  const later = (milliseconds: number) => {
    time = new Date(time.getTime() + milliseconds);
  };
  beforeEach(async () => {
    time = new Date('2026-01-01T00:00:00Z');
    it = await testGallery({ database: await databases.create(), now: () => time });
  });
  afterEach(() => it.close());

  const logIn = (password = PASSWORD, headers: Record<string, string> = {}) =>
    it.send('POST', '/api/session', { password }, headers);
  const statusWith = async (cookie: string, path = '/api/openapi.json') =>
    (await it.ask(path, { headers: { Cookie: cookie } })).status;

  test('without a password everybody at this machine may look', async () => {
    expect(await (await it.ask('/api/session')).json()).toEqual({ access: 'open', library: 'own', version: '1.2.3' });
    expect(await statusWith('')).toBe(200);
    const answer = await logIn();
    expect([answer.status, await messageOf(answer)]).toEqual([401, 'That is not the password']);
  });

  test('with a password all but the page itself takes a session, at this machine too', async () => {
    await it.setCheaply();
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
    const refused = await it.ask('/api/openapi.json');
    expect(await messageOf(refused)).toBe('The password is needed');
    expect(await (await it.ask('/api/session')).json()).toMatchObject({ access: 'needed' });

    const answer = await logIn();
    expect(await answer.json()).toEqual({ access: 'granted', library: 'own', version: '1.2.3' });
    const cookie = cookieOf(answer);
    expect(await statusWith(cookie)).toBe(200);
    expect(await (await it.ask('/api/session', { headers: { Cookie: cookie } })).json()).toMatchObject({
      access: 'granted',
    });
    const ended = await it.send('DELETE', '/api/session', undefined, { Cookie: cookie });
    expect(await ended.json()).toMatchObject({ access: 'needed' });
    expect(ended.headers.get('set-cookie')).toMatch(/^storyline_session=; Max-Age=0; Path=\//);
    expect(await statusWith(cookie)).toBe(401);
  });

  test('the cookie is out of reach of scripts and other sites; over https it goes nowhere else', async () => {
    await it.setCheaply();
    const plain = (await logIn()).headers.get('set-cookie');
    expect(plain).toMatch(/^storyline_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/);
    const secure = (await logIn(PASSWORD, { 'X-Forwarded-Proto': 'https' })).headers.get('set-cookie');
    expect(secure).toMatch(/; Secure/);
  });

  test('forged, foreign and malformed cookies open nothing', async () => {
    await it.setCheaply();
    const cookie = cookieOf(await logIn());
    const { token_hash } = await it.it.app.db.query.selectFrom('web_sessions').selectAll().executeTakeFirstOrThrow();
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

  test('what is stored opens nothing: neither the password nor a token is among it', async () => {
    await it.access.setPassword(PASSWORD);
    const token = cookieOf(await logIn()).split('=')[1] ?? '';
    const { query } = it.it.app.db;
    const stored = JSON.stringify([
      await query.selectFrom('web_access').selectAll().execute(),
      await query.selectFrom('web_sessions').selectAll().execute(),
    ]);
    expect(stored).toContain('scrypt$131072$8$1$');
    expect(stored).not.toContain(PASSWORD);
    expect(stored).not.toContain(token);
    expect(it.logged.join('\n')).not.toContain(PASSWORD);
    expect(it.logged.join('\n')).not.toContain(token);
  });

  test('a session ends thirty days after its last use, and is swept', async () => {
    await it.setCheaply();
    const cookie = cookieOf(await logIn());
    later(29 * DAY);
    const used = await it.ask('/api/openapi.json', { headers: { Cookie: cookie } });
    expect(used.status).toBe(200);
    // The browser is told to keep it for longer too.
    expect(cookieOf(used)).toBe(cookie);
    later(29 * DAY);
    expect(await statusWith(cookie)).toBe(200);
    later(30 * DAY);
    expect(await statusWith(cookie)).toBe(401);
    await logIn();
    const sessions = await it.it.app.db.query.selectFrom('web_sessions').selectAll().execute();
    expect(sessions).toHaveLength(1);
  });

  test('a new password ends all sessions, also one whose login was under way', async () => {
    await it.setCheaply();
    const cookie = cookieOf(await logIn());
    later(1000);
    const underWay = it.access.logIn(PASSWORD);
    await it.access.setPassword('another good one');
    await it.it.app.db.query
      .updateTable('web_access')
      .set({ changed_at: new Date(time.getTime() + 1) })
      .execute();
    const token = await underWay;
    later(1000);
    expect(await statusWith(cookie)).toBe(401);
    expect(await it.access.check(token)).toBe('needed');
    expect((await logIn()).status).toBe(401);
    expect((await logIn('another good one')).status).toBe(200);
  });

  test('who guesses has to wait, and the right password is refused meanwhile too', async () => {
    await it.setCheaply();
    for (let n = 0; n < 5; n += 1) expect((await logIn('wrong')).status).toBe(401);
    const refused = await logIn();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await messageOf(refused)).toBe('There were too many wrong passwords');
    // What the headers say of where it comes from changes nothing.
    expect((await logIn(PASSWORD, { 'X-Forwarded-For': '203.0.113.9' })).status).toBe(429);
    later(1000);
    expect((await logIn('wrong')).status).toBe(401);
    expect((await logIn()).headers.get('retry-after')).toBe('2');
    later(2000);
    expect((await logIn()).status).toBe(200);
    expect((await logIn('wrong')).status).toBe(401);
    expect((await logIn()).status).toBe(200);
  });

  test('guesses at the same time count as guesses one after the other', async () => {
    await it.setCheaply();
    const statuses = await Promise.all(Array.from({ length: 12 }, async () => (await logIn('wrong')).status));
    expect(statuses.toSorted()).toEqual([...Array(5).fill(401), ...Array(7).fill(429)]);
  });

  test('two processes see the same password and sessions', async () => {
    const other = createWebAccess({ db: it.it.app.db, now: () => time });
    await other.setPassword(PASSWORD);
    expect(await statusWith('')).toBe(401);
    const token = await other.logIn(PASSWORD);
    expect(await statusWith(`storyline_session=${token}`)).toBe(200);
    expect(await other.removePassword()).toBe(true);
    expect(await other.removePassword()).toBe(false);
    expect(await statusWith('')).toBe(200);
  });
});

test('a password is known again whatever keyboard it came from, and by what was stored with it', async () => {
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

test('waits double up to a quarter of an hour, and are forgotten in the end', () => {
  let time = 0;
  const throttle = createLoginThrottle(() => new Date(time));
  const guess = () => throttle.begin('192.0.2.1').wait;
  for (let n = 0; n < 4; n += 1) expect(guess()).toBeUndefined();
  const waits: (number | undefined)[] = [];
  for (let n = 0; n < 13; n += 1) {
    expect(guess()).toBeUndefined();
    const wait = guess();
    waits.push(wait);
    time += (wait ?? 0) * 1000;
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  time += 61 * 60_000;
  for (let n = 0; n < 5; n += 1) expect(guess()).toBeUndefined();
  expect(guess()).toBe(1);
});

test('guesses from many addresses are slowed down together, and IPv6 neighbours are one', () => {
  let time = 0;
  const throttle = createLoginThrottle(() => new Date(time));
  for (let n = 0; n < 5; n += 1) expect(throttle.begin(`2001:db8:1:2::${n}`).wait).toBeUndefined();
  expect(throttle.begin('2001:db8:1:2:ffff::9').wait).toBe(1);
  expect(throttle.begin('2001:db8:1:3::9').wait).toBeUndefined();
  for (let n = 0; n < 44; n += 1) expect(throttle.begin(`::ffff:192.0.2.${n}`).wait).toBeUndefined();
  expect(throttle.begin('198.51.100.1').wait).toBe(1);
  for (let n = 0; n < 20; n += 1) {
    time += 60_000;
    expect(throttle.begin(`203.0.113.${n}`).wait).toBeUndefined();
  }
  expect(throttle.begin('198.51.100.1').wait).toBe(60);
  time += 3 * 60 * 60_000;
  expect(throttle.begin('2001:db8:1:2::1').wait).toBeUndefined();
  expect(throttle.begin('2001:db8:1:2::1').wait).toBeUndefined();
});
