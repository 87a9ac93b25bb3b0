import { rename } from 'node:fs/promises';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Post, Posts } from '../../src/contract/posts.ts';
import { DESKTOP, inBrowser, launch, PHONE, visit } from './browser.ts';
import { type Served, served } from './served.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const dialog = (page: Page) => page.getByRole('dialog', { name: 'Post' });
const tileOf = (page: Page, id: string) => page.locator(`[data-post="${id}"]`);
const isDrawn = (page: Page, id: string) =>
  page.evaluate(`document.querySelector('[data-post="${id}"] img')?.naturalWidth > 0`);

describe.skipIf(!inBrowser)('a file that is missing on disk', () => {
  let browser: Browser;
  let library: Served;
  beforeAll(async () => {
    browser = await launch();
    library = await served({ before: [{ args: ['backfill-instagram', '--sandbox', '--quiet'] }] });
  });
  afterAll(async () => {
    await browser?.close();
    await library?.close();
  });

  const read = async <T>(path: string) => (await (await fetch(`${library.address}/sandbox/api${path}`)).json()) as T;
  /** Moves the only file of a post of a kind away. */
  async function takeAway(kind: string, nth: number) {
    const { posts } = await read<Posts>(`/posts?kind=${kind}`);
    const post = await read<Post>(`/posts/${posts[nth]?.id}`);
    const media = post.items[0]?.media;
    if (!media) throw new Error(`post ${post.id} has no file`);
    await rename(media.filePath, `${media.filePath}.away`);
    return {
      post,
      message: `The file ${media.fileName} is missing on disk`,
      bringBack: () => rename(`${media.filePath}.away`, media.filePath),
    };
  }
  const start = (path: string, options = {}) => visit(browser, `${library.address}/sandbox/${path}`, options);

  test('tile, post, filter, library and health report it until it is back', async () => {
    const { post, message, bringBack } = await takeAway('image', 2);
    const open = await start('', { viewport: DESKTOP });
    const { page } = open;
    const tile = tileOf(page, post.id);
    await tile.locator('.placeholder').waitFor();
    await tile.getByText('The file is missing on disk').waitFor({ state: 'attached' });
    await page.goto(`${library.address}/sandbox/?state=missing`);
    await tile.locator('.placeholder').waitFor();

    await tile.click();
    await dialog(page).locator('.stage').getByText(message).waitFor();
    await dialog(page).getByText('Your browser cannot show this file').waitFor({ state: 'detached' });
    await dialog(page).getByRole('button', { name: 'Download again from Instagram' }).waitFor();
    await dialog(page).getByText('storyline-cli verify-library --repair').first().waitFor();
    await dialog(page).getByRole('link', { name: 'Download original' }).click();
    await dialog(page).getByRole('alert').getByText(message).waitFor();

    await page.goto(`${library.address}/sandbox/library`);
    const disk = page.getByRole('region', { name: 'Files on disk' });
    await expect.poll(() => disk.textContent()).toMatch(/Missing1/);
    await page.goto(`${library.address}/sandbox/accounts`);
    await page.getByText('1 file missing on disk').waitFor();

    await page.goto(`${library.address}/sandbox/posts/${post.id}`);
    await dialog(page).locator('.stage').getByText(message).waitFor();
    await bringBack();
    const again = dialog(page).getByRole('button', { name: 'Retry' });
    await expect
      .poll(
        async () => {
          // The page may have loaded it already.
          await again.click({ timeout: 1000 }).catch(() => undefined);
          return page.evaluate("document.querySelector('.stage img')?.naturalWidth > 0");
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    await expect.poll(() => isDrawn(page, post.id), { timeout: 20_000 }).toBe(true);
    await expect.poll(async () => (await tile.textContent())?.includes('missing'), { timeout: 20_000 }).toBe(false);
    await open.close();
  });

  test('a tile loads its picture when the file is back, without any action on the page', async () => {
    const { post, bringBack } = await takeAway('image', 1);
    const open = await start('', { viewport: DESKTOP });
    await tileOf(open.page, post.id).locator('.placeholder').waitFor();
    await tileOf(open.page, post.id).getByText('The file is missing on disk').waitFor({ state: 'attached' });
    await bringBack();
    // Another request for the file makes the server notice, which notifies all pages.
    const { cover } = await read<Post>(`/posts/${post.id}`);
    await expect
      .poll(
        async () => {
          await fetch(`${library.address}/sandbox/api/media/${cover?.id}/file`, { method: 'HEAD' });
          return isDrawn(open.page, post.id);
        },
        { timeout: 30_000, interval: 1000 },
      )
      .toBe(true);
    await open.close();
  });

  test('a missing video is not reported as unsupported; the button downloads it again with a run for its day', async () => {
    const { post, message } = await takeAway('reel', 0);
    const open = await start(`posts/${post.id}`, { viewport: DESKTOP });
    const { page } = open;
    await dialog(page).locator('.stage').getByText(message).waitFor();
    const [request] = await Promise.all([
      page.waitForRequest((sent) => sent.method() === 'POST' && sent.url().endsWith('/api/runs')),
      dialog(page).getByRole('button', { name: 'Download again from Instagram' }).click(),
    ]);
    const day = post.postedAt?.slice(0, 10);
    expect(request.postDataJSON()).toMatchObject({ account: post.account?.id, mediaType: 'feed', since: day });
    await dialog(page).getByText('A run is downloading it again.').waitFor();
    const { runs } = await read<{ runs: { request: { since: string } }[] }>('/runs');
    expect(runs[0]?.request.since.slice(0, 10)).toBe(day);
    await expect
      .poll(async () => (await read<{ runs: { status: string }[] }>('/runs')).runs[0]?.status)
      .toBe('completed');
    // The file is back, and the page shows it without a reload.
    expect((await read<Post>(`/posts/${post.id}`)).state).toBe('whole');
    await dialog(page).locator('.stage video').waitFor();
    await dialog(page).locator('.stage').getByText(message).waitFor({ state: 'detached' });
    await open.close();
  });

  test('pictures that failed to load while the server was down load when it is back', async () => {
    const open = await start('', { viewport: DESKTOP });
    const { page, close } = open;
    await page.close();
    const other = await page.context().newPage();
    const refuse = (route: { abort(): Promise<void> }) => route.abort();
    await other.route('**/thumbnail?*', refuse);
    await other.route('**/api/events', refuse);
    await other.goto(`${library.address}/sandbox/`);
    await other.locator('.placeholder[data-failed]').nth(5).waitFor();
    await other.unroute('**/thumbnail?*', refuse);
    await other.unroute('**/api/events', refuse);
    await expect.poll(() => other.locator('.placeholder[data-failed]').count(), { timeout: 30_000 }).toBe(0);
    await close();
  });

  test.each([
    ['at a desk', { viewport: DESKTOP }],
    ['at a desk, dark', { viewport: DESKTOP, colorScheme: 'dark' }],
    ['on a phone', PHONE],
    ['on a phone, dark', { ...PHONE, colorScheme: 'dark' }],
  ] as const)('axe finds no violation %s', async (_, options) => {
    const { post, message, bringBack } = await takeAway('image', 0);
    const open = await start('', { ...options, reducedMotion: 'reduce' });
    const { page } = open;
    const found: Record<string, unknown> = {};
    for (const [path, isThere] of [
      ['', `[data-post="${post.id}"] .placeholder`],
      [`posts/${post.id}`, `.stage >> text=${message}`],
      ['library', '#disk'],
      ['accounts', '.checks'],
    ] as const) {
      await page.goto(`${library.address}/sandbox/${path}`);
      await page.locator(isThere).first().waitFor();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(TAGS)} })`)) as {
        violations: { id: string; nodes: { target: string[] }[] }[];
      };
      if (violations.length > 0)
        found[path] = violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]);
    }
    await bringBack();
    await open.close();
    expect(found).toEqual({});
  });
});
