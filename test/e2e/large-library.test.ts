import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeGalleryLibrary } from '../../bench/gallery-library.ts';
import { DESKTOP, expectNoComplaint, inBrowser, launch, PHONE, type Visit, visit } from './browser.ts';
import { type Served, served } from './served.ts';

const POSTS = 3000;
const PICTURES = 8;
/** Share of the screen; smaller layout shifts are not visible. */
const SEEN_SHIFT = 0.01;
/** Far less than one per post. */
const MOST_TILES = 250;

/** The total layout shift since the page was opened. */
const shifts = (page: Page) =>
  page.evaluate(`new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done(sum), 200);
  })`);

const isFull = `(() => {
  const tiles = [...document.querySelectorAll('[data-post] img')].filter((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  return tiles.length > 6 && tiles.every((image) => image.complete && image.naturalWidth > 0);
})()`;
const full = (page: Page) => expect.poll(() => page.evaluate(isFull), { timeout: 20_000 }).toBe(true);

describe.skipIf(!inBrowser)('a library of ten years, in a browser', () => {
  let browser: Browser;
  let library: Served;
  beforeAll(async () => {
    browser = await launch();
    library = await served({ fill: (home) => makeGalleryLibrary(home, POSTS, PICTURES) });
  });
  afterAll(async () => {
    await browser?.close();
    await library?.close();
  });

  test.each([
    ['at a desk', { viewport: DESKTOP }],
    ['on a phone', PHONE],
  ] as const)(
    'only posts near the window are rendered, nothing jumps, and the timeline leads anywhere: %s',
    async (_, look) => {
      const open: Visit = await visit(browser, library.address, look);
      const { page } = open;
      await page
        .getByRole('status')
        .filter({ hasText: /^3,000 posts$/ })
        .waitFor();
      await full(page);
      for (const share of [0.3, 0.6, 0.95]) {
        await page.evaluate(`scrollTo(0, document.documentElement.scrollHeight * ${share})`);
        await full(page);
        expect(await page.locator('[data-post]').count()).toBeLessThan(MOST_TILES);
      }
      expect(await shifts(page)).toBeLessThan(SEEN_SHIFT);

      const timeline = page.getByRole('slider', { name: 'Timeline' });
      await timeline.focus();
      await page.keyboard.press('Home');
      await page.locator('[data-index="0"]').waitFor();
      await page.keyboard.press('End');
      await page.locator(`[data-index="${POSTS - 1}"]`).waitFor();
      await page.keyboard.press('PageUp');
      const oldest = new Date().getFullYear() - 9;
      await expect
        .poll(() => page.getByRole('heading', { level: 2 }).allTextContents())
        .toContainEqual(expect.stringContaining(String(oldest)));
      expectNoComplaint(open);
      await open.close();
    },
  );

  test('the scroll position is restored after viewing a post, and after a reload', async () => {
    const open = await visit(browser, library.address, { viewport: DESKTOP });
    const { page } = open;
    await full(page);
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight / 2)');
    await full(page);
    const inSight = page.locator('[data-post]').nth(20);
    const index = await inSight.getAttribute('data-index');
    await inSight.click();
    await page.getByRole('dialog', { name: 'Post' }).waitFor();
    await page.goBack();
    await page.locator(`[data-index="${index}"]`).waitFor();
    await page.reload();
    await page.locator(`[data-index="${index}"]`).waitFor();
    expectNoComplaint(open);
    await open.close();
  });
});
