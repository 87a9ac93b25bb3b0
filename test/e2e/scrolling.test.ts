import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeGalleryLibrary } from '../../bench/gallery-library.ts';
import { DESKTOP, expectNoComplaint, inBrowser, launch, PHONE, visit } from './browser.ts';
import { type Served, served } from './served.ts';

const STEP = 240;
const SCREENS = 3;

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Post' });
const top = (page: Page) => page.evaluate('Math.round(scrollY)') as Promise<number>;
const focused = (page: Page) => page.evaluate('document.activeElement?.getAttribute("data-post") ?? null');
/** Waits two frames, until the page has rendered the new scroll position. */
const drawn = (page: Page) =>
  page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))');

/** The scroll position at rest; keys and fingers scroll smoothly. */
async function atRest(page: Page): Promise<number> {
  for (let before = -1; ; ) {
    await drawn(page);
    const now = await top(page);
    if (now === before) return now;
    before = now;
  }
}

/** Scrolls step by step, and returns the position after each. */
async function scrollOn(page: Page, step: (n: number) => Promise<unknown>, steps: number): Promise<number[]> {
  const seen = [await top(page)];
  for (let n = 0; n < steps; n += 1) {
    const before = seen.at(-1) ?? 0;
    await step(n);
    await expect.poll(() => top(page)).not.toBe(before);
    seen.push(await atRest(page));
  }
  return seen;
}
const falls = (seen: readonly number[]) => seen.filter((y, n) => n > 0 && y < (seen[n - 1] ?? 0));

describe.skipIf(!inBrowser)('scrolling after viewing a post', () => {
  let browser: Browser;
  let library: Served;
  beforeAll(async () => {
    browser = await launch();
    library = await served({ fill: (home) => makeGalleryLibrary(home, 1500, 4) });
  });
  afterAll(async () => {
    await browser?.close();
    await library?.close();
  });
  const start = async (options: object) => {
    const open = await visit(browser, library.address, options);
    await open.page.locator('[data-index="5"] img').waitFor();
    return open;
  };

  const closings = {
    'by its button': (page: Page) => dialog(page).getByRole('button', { name: 'Close' }).click(),
    'by Esc': (page: Page) => page.keyboard.press('Escape'),
    'by going back': (page: Page) => page.goBack(),
  };
  test.each(Object.entries(closings))('with the wheel, after closing it %s', async (_, close) => {
    const open = await start({ viewport: DESKTOP });
    const { page } = open;
    await page.locator('[data-index="5"]').click();
    await dialog(page).waitFor();
    await close(page);
    await dialog(page).waitFor({ state: 'detached' });
    const post = await focused(page);
    expect(post).not.toBeNull();
    await page.mouse.move(500, 600);
    const seen = await scrollOn(page, () => page.mouse.wheel(0, STEP), (SCREENS * DESKTOP.height) / STEP);
    expect(falls(seen)).toEqual([]);
    expect(seen.at(-1)).toBeGreaterThan((SCREENS - 1) * DESKTOP.height);
    // The focus stays where it was, however far away.
    expect(await focused(page)).toBe(post);
    // And back up, without jumps.
    const back = await scrollOn(page, () => page.mouse.wheel(0, -STEP), 6);
    expect(falls(back.map((y) => -y))).toEqual([]);
    expectNoComplaint(open);
    await open.close();
  });

  test('with the wheel, after opening a post far down', async () => {
    const open = await start({ viewport: DESKTOP });
    const { page } = open;
    await page.evaluate('scrollTo(0, 8000)');
    await drawn(page);
    const tile = page.locator('[data-post] img').nth(30);
    await tile.scrollIntoViewIfNeeded();
    await tile.click();
    await dialog(page).waitFor();
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    await page.mouse.move(500, 600);
    const seen = await scrollOn(page, () => page.mouse.wheel(0, STEP), 10);
    expect(falls(seen)).toEqual([]);
    await open.close();
  });

  test('with the keys, after selecting a post', async () => {
    const open = await start({ viewport: DESKTOP });
    const { page } = open;
    await page.locator('[data-index="3"]').click({ modifiers: ['ControlOrMeta'] });
    await page.getByText('1 post selected').waitFor();
    await page.locator('[data-index="3"]').focus();
    const seen = await scrollOn(page, () => page.keyboard.press('PageDown'), SCREENS + 1);
    expect(falls(seen)).toEqual([]);
    expect(seen.at(-1)).toBeGreaterThan((SCREENS - 1) * DESKTOP.height);
    await open.close();
  });

  test('with a finger, on a phone', async () => {
    const open = await start(PHONE);
    const { page } = open;
    await page.locator('[data-index="5"]').tap();
    await dialog(page).waitFor();
    await dialog(page).getByRole('button', { name: 'Close' }).tap();
    await dialog(page).waitFor({ state: 'detached' });
    const client = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', y?: number) =>
      client.send('Input.dispatchTouchEvent', { type, touchPoints: y === undefined ? [] : [{ x: 190, y }] });
    const swipe = async () => {
      await touch('touchStart', 700);
      for (let y = 700; y >= 700 - STEP; y -= 20) await touch('touchMove', y);
      await touch('touchEnd');
    };
    const seen = await scrollOn(page, swipe, 10);
    expect(falls(seen)).toEqual([]);
    await open.close();
  });
});
