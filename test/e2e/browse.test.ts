import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expectNoComplaint, inBrowser, launch, PHONE, type Visit, visit } from './browser.ts';
import { type Served, served } from './served.ts';

/** The number of posts that the API returns for a query. */
async function found(address: string, query: string): Promise<number> {
  const answer = await fetch(`${address}/sandbox/api/months?${query}`);
  return ((await answer.json()) as { posts: number }).posts;
}

const tiles = (page: Page) => page.locator('[data-post]');
const search = (page: Page) => page.getByRole('searchbox', { name: 'Search captions and hashtags' });
const dialog = (page: Page) => page.getByRole('dialog', { name: 'Post' });
/** Waits until the next post is known. */
const hasNext = (page: Page) => dialog(page).getByRole('button', { name: 'Next post', disabled: false }).waitFor();
const counted = (page: Page, count: number) =>
  page
    .getByRole('status')
    .filter({ hasText: new RegExp(`^${count} posts?$`) })
    .waitFor();

describe.skipIf(!inBrowser)('a library in a browser', () => {
  let browser: Browser;
  let library: Served;
  let open: Visit;
  beforeAll(async () => {
    browser = await launch();
    library = await served({ before: [{ args: ['backfill-instagram', '--sandbox', '--quiet'] }] });
  });
  afterAll(async () => {
    await browser?.close();
    await library?.close();
  });
  afterEach(async () => {
    expectNoComplaint(open);
    await open.close();
  });
  const start = async (path = '', options = {}) => {
    open = await visit(browser, `${library.address}/sandbox/${path}`, options);
    return open.page;
  };

  test('posts are shown by month, newest first; filters are in the address, and going back removes them', async () => {
    const page = await start();
    await counted(page, await found(library.address, ''));
    expect(await page.getByRole('heading', { level: 2 }).first().textContent()).toMatch(/2026/);
    const reels = await found(library.address, 'kind=reel');
    await page.getByRole('button', { name: 'Reels' }).click();
    await counted(page, reels);
    expect(new URL(page.url()).searchParams.get('kind')).toBe('reel');
    await page.reload();
    await counted(page, reels);
    await page.goBack();
    await counted(page, await found(library.address, ''));
  });

  test('the search finds words in captions, and a hashtag in a caption leads to its posts', async () => {
    const page = await start();
    await search(page).fill('blue hour');
    await counted(page, await found(library.address, 'search=blue+hour'));
    await search(page).fill('nosuchword');
    await page.getByRole('heading', { name: 'No posts found' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).first().click();
    await counted(page, await found(library.address, ''));

    await search(page).fill('garage');
    await counted(page, await found(library.address, 'search=garage'));
    await tiles(page).first().click();
    await dialog(page).getByRole('link', { name: '#studio', exact: true }).click();
    await counted(page, await found(library.address, 'hashtag=studio'));
    expect(new URL(page.url()).searchParams.get('hashtag')).toBe('studio');
  });

  test('an album opens at its first item, can be paged with keys and buttons, and returns the focus when closed', async () => {
    const page = await start('?kind=album');
    const album = page.getByRole('link', { name: /Album of 5/ }).first();
    await album.click();
    await dialog(page).getByText('1 of 5', { exact: true }).waitFor();
    await page.keyboard.press('ArrowRight');
    await dialog(page).getByText('2 of 5', { exact: true }).waitFor();
    await dialog(page).getByRole('button', { name: 'Next item' }).click();
    await dialog(page).getByText('3 of 5', { exact: true }).waitFor();
    await dialog(page).getByRole('button', { name: 'Item 5' }).click();
    await dialog(page).getByText('5 of 5', { exact: true }).waitFor();
    const isShown = "document.querySelector('.slide:not([inert]) img')?.naturalWidth";
    await expect.poll(() => page.evaluate(isShown)).toBeGreaterThan(100);

    const first = page.url();
    await hasNext(page);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.url()).not.toBe(first);
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate('document.activeElement?.hasAttribute("data-post")')).toBe(true);
  });

  test('a video plays, and seeking requests a range of the file', async () => {
    const page = await start('?kind=video');
    const parts: string[] = [];
    page.on('response', (response) => {
      if (response.status() === 206) parts.push(response.headers()['content-range'] ?? '');
    });
    await tiles(page).first().click();
    await dialog(page).locator('video').waitFor();
    const played = await page.evaluate(`(async () => {
      const video = document.querySelector('video');
      video.muted = true;
      await video.play();
      await new Promise((done) => video.addEventListener('timeupdate', () => video.currentTime > 0.2 && done()));
      const before = video.currentTime;
      video.pause();
      video.currentTime = video.duration * 0.8;
      await new Promise((done) => video.addEventListener('seeked', done, { once: true }));
      return { before, after: video.currentTime, duration: video.duration };
    })()`);
    const { before, after, duration } = played as { before: number; after: number; duration: number };
    expect(before).toBeGreaterThan(0);
    expect(after).toBeCloseTo(duration * 0.8, 1);
    expect(parts.length).toBeGreaterThan(0);
    expect(parts[0]).toMatch(/^bytes \d+-\d+\/\d+$/);
  });

  test('selected posts are downloaded as one ZIP; an original is downloaded under its own name', async () => {
    const page = await start();
    // Months that arrive later would move the tiles.
    await counted(page, await found(library.address, ''));
    await expect.poll(() => tiles(page).count()).toBeGreaterThan(5);
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    await tiles(page).nth(0).click();
    await tiles(page)
      .nth(2)
      .click({ modifiers: ['Shift'] });
    await page.getByText('3 posts selected').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as ZIP' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^storyline-.*\.zip$/);
    const names = namesIn(await readFile(await download.path()));
    expect(names.filter((name) => name.endsWith('post.json'))).toHaveLength(3);
    expect(names).toContain('posts.csv');
    expect(names.some((name) => /\.(jpg|png|mp4)$/.test(name))).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByText('3 posts selected').waitFor({ state: 'detached' });

    await tiles(page).first().click();
    const [original] = await Promise.all([
      page.waitForEvent('download'),
      dialog(page).getByRole('link', { name: 'Download original' }).first().click(),
    ]);
    expect(original.suggestedFilename()).toMatch(/^\d{8}_\d{6}_\d+\.(jpg|png|mp4)$/);
  });

  test('the keyboard alone moves between posts, opens, searches and shows the shortcuts', async () => {
    const page = await start();
    await counted(page, await found(library.address, ''));
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.locator('[data-index="0"]').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const id = await page.evaluate('document.activeElement.getAttribute("data-post")');
    expect(id).toBe(await page.locator('[data-index="2"]').getAttribute('data-post'));
    await page.keyboard.press('Enter');
    await dialog(page).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/sandbox/posts/${id}`);
    await hasNext(page);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => new URL(page.url()).pathname).not.toBe(`/sandbox/posts/${id}`);
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate('document.activeElement?.hasAttribute("data-post")')).toBe(true);
    await page.keyboard.press('/');
    await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("type")')).toBe('search');
    await page.keyboard.type('frost');
    await counted(page, await found(library.address, 'search=frost'));
    await page.keyboard.press('Escape');
    await counted(page, await found(library.address, ''));
    await tiles(page).first().focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  });

  test('the address of a post opens it over the gallery, and survives a reload', async () => {
    const answer = await fetch(`${library.address}/sandbox/api/posts?kind=image&offset=3&limit=1`);
    const [post] = ((await answer.json()) as { posts: { id: string }[] }).posts;
    const page = await start(`posts/${post?.id}?kind=image`);
    await dialog(page).waitFor();
    await page.reload();
    await dialog(page).getByRole('link', { name: 'Open on Instagram' }).waitFor();
    await page.keyboard.press('Escape');
    await counted(page, await found(library.address, 'kind=image'));
  });

  test('on a phone nothing is wider than the screen, and albums can be swiped', async () => {
    const page = await start('?kind=album', PHONE);
    for (const path of ['', 'runs', 'library', 'accounts']) {
      await page.goto(`${library.address}/sandbox/${path}`);
      await page.locator('main').waitFor();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([path, wide]).toEqual([path, 0]);
    }
    await page.goto(`${library.address}/sandbox/?kind=album`);
    await page
      .getByRole('link', { name: /Album of 5/ })
      .first()
      .tap();
    await dialog(page).getByText('1 of 5', { exact: true }).waitFor();
    await page.evaluate(
      `(() => { const strip = document.querySelector('.strip'); strip.scrollTo({ left: strip.clientWidth }); })()`,
    );
    await dialog(page).getByText('2 of 5', { exact: true }).waitFor();
  });

  test('the page is in German, and its longer words fit on a small phone', async () => {
    const page = await start('', { ...PHONE, locale: 'de-DE', viewport: { width: 320, height: 640 } });
    await page
      .getByRole('status')
      .filter({ hasText: /^\d+ Beiträge$/ })
      .waitFor();
    for (const path of ['', 'runs', 'library', 'accounts']) {
      await page.goto(`${library.address}/sandbox/${path}`);
      await page.locator('main h1').waitFor({ state: 'attached' });
      await page.waitForLoadState('networkidle').catch(() => undefined);
      const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([path, wide]).toEqual([path, 0]);
    }
    expect(await page.evaluate('document.documentElement.lang')).toBe('de');
  });
});

/** The names in a ZIP's central directory. */
function namesIn(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = zip.indexOf('PK\x01\x02'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 46)) {
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  }
  return names;
}
