import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expectNoComplaint, inBrowser, launch, type Visit, visit } from './browser.ts';
import { type Served, served } from './served.ts';

describe.skipIf(!inBrowser)('the first visit, in a browser', () => {
  let browser: Browser;
  let library: Served;
  let open: Visit;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await open?.close();
    await library?.close();
  });

  test('an empty library says what to do and leads to the sandbox, where a backfill fills the page', async () => {
    library = await served();
    open = await visit(browser, library.address);
    const { page } = open;
    await page.getByRole('heading', { name: 'Your library is empty' }).waitFor();
    await page.getByText('storyline-cli instagram-auth').waitFor();

    await page.getByRole('link', { name: 'Open the sandbox' }).click();
    await page.getByRole('button', { name: 'Start a sandbox backfill' }).click();
    await page.locator('[data-post] img').first().waitFor();
    await page
      .getByRole('status')
      .filter({ hasText: /^7\d posts$/ })
      .waitFor();
    expect(new URL(page.url()).pathname).toBe('/sandbox/');

    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Runs' }).click();
    const run = page.getByRole('listitem').filter({ hasText: 'Completed' });
    await run.getByText('129 new, 0 existing, 0 failed').waitFor();
    await run.getByRole('link').click();
    await page.getByRole('link', { name: 'View new posts' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /^7\d posts$/ })
      .waitFor();
    expect(new URL(page.url()).searchParams.get('run')).toMatch(/^[\da-f-]{36}$/);
    expectNoComplaint(open);
  });

  test('a run started in a terminal appears in the page, and so do its posts', async () => {
    library = await served();
    open = await visit(browser, `${library.address}/sandbox/`);
    const { page } = open;
    await page.getByRole('button', { name: 'Start a sandbox backfill' }).waitFor();
    await library.type(['backfill-instagram', '--sandbox', '--quiet']);
    await page.locator('[data-post] img').first().waitFor();
    // Every visible post gets its picture, even those that were listed before their files were downloaded.
    await expect.poll(() => page.getByText('Not in the library').count(), { timeout: 20_000 }).toBe(0);
    await page
      .getByRole('status')
      .filter({ hasText: /^7\d posts$/ })
      .waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('listitem').filter({ hasText: 'terminal' }).filter({ hasText: 'Completed' }).waitFor();
    expectNoComplaint(open);
  });
});
