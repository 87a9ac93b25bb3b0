import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { inBrowser, launch, type Visit, visit } from './browser.ts';
import { type Served, served } from './served.ts';

const PASSWORD = 'a blue harbour before rain';

describe.skipIf(!inBrowser)('a library with a password, in a browser', () => {
  let browser: Browser;
  let library: Served;
  let open: Visit;
  beforeAll(async () => {
    browser = await launch();
    library = await served({ before: [{ args: ['set-web-password'], input: `${PASSWORD}\n` }] });
  });
  afterAll(async () => {
    await browser?.close();
    await library?.close();
  });
  afterEach(() => open.close());

  const password = () => open.page.getByLabel('Password', { exact: true });
  const enter = async (text: string) => {
    await password().fill(text);
    await open.page.getByRole('button', { name: 'Log in' }).click();
  };

  test('a wrong password is refused with a message, the right one opens the library, logging out closes it', async () => {
    open = await visit(browser, library.address);
    const { page } = open;
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await enter('not the password');
    await page
      .getByRole('alert')
      .filter({ hasText: /password/i })
      .waitFor();
    await enter(PASSWORD);
    await page.getByRole('heading', { name: 'Your library is empty' }).waitFor();
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    await page.reload();
    await page.getByRole('heading', { name: 'Your library is empty' }).waitFor();

    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.goto(`${library.address}/library`);
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    // The cookie of an ended session is no longer valid.
    await page.context().addCookies([cookie ?? { name: '', value: '' }]);
    await page.goto(library.address);
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });

  test('a forged cookie opens nothing', async () => {
    open = await visit(browser, library.address);
    const { page } = open;
    await page
      .context()
      .addCookies([
        { name: 'storyline_session', value: 'A'.repeat(43), url: library.address, httpOnly: true, sameSite: 'Strict' },
      ]);
    await page.goto(library.address);
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });

  test('a browser that logged in before gets in while others guess from the same address', async () => {
    open = await visit(browser, library.address);
    const { page } = open;
    await enter(PASSWORD);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    const leave = new AbortController();
    const guess = async (n: number) => {
      const answer = await fetch(`${library.address}/api/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: library.address },
        body: JSON.stringify({ password: `guess ${n}` }),
        signal: leave.signal,
      });
      return answer.status;
    };
    const guesses = Array.from({ length: 30 }, (_, n) => guess(n).catch(() => 0));
    // The queue is full by now.
    expect(await Promise.race(guesses.slice(20))).toBe(429);
    await enter(PASSWORD);
    await page.getByRole('heading', { name: 'Your library is empty' }).waitFor();
    leave.abort();
    await Promise.all(guesses);
  });
});
