import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { settingsFor } from '../support/cli.ts';
import { images } from '../support/posts.ts';
import { expectNoComplaint, inBrowser, launch, type Visit, visit } from './browser.ts';
import { type Served, served } from './served.ts';

const history = (page: Page) => page.getByRole('region', { name: 'History' });

describe.skipIf(!inBrowser)('runs, in a browser', () => {
  let browser: Browser;
  let sandbox: Sandbox;
  let library: Served;
  let open: Visit;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await open?.close();
    await library?.close();
    await sandbox?.close();
  });

  /** Opens the runs page of a library whose account is in a sandbox of this test. */
  const start = async (options: SandboxOptions): Promise<Page> => {
    sandbox = await startSandbox(options);
    const { account, tokens } = sandbox;
    const add = ['add-instagram-account', '--display-name', account.name, '--account-id', account.id];
    library = await served({
      environment: settingsFor(sandbox),
      before: [{ args: [...add, '--username', account.username], input: tokens.facebook }],
    });
    open = await visit(browser, `${library.address}/runs`);
    return open.page;
  };

  test('a dry run estimates the real one, and starts it', async () => {
    const page = await start({ posts: images(12) });
    await page.getByLabel('Dry run').check();
    await page.getByRole('button', { name: 'Start dry run' }).click();
    await page.getByRole('heading', { name: 'Estimate for the real run' }).waitFor();
    await page.getByRole('button', { name: 'Start the real run' }).click();
    await page.getByText('Completed').first().waitFor();
    await page.getByRole('link', { name: 'View new posts' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /^12 posts$/ })
      .waitFor();
    expectNoComplaint(open);
  });

  test('a run can be watched, cancelled and resumed', async () => {
    const page = await start({
      // At this speed the files take minutes, so the run is still running when the button is clicked.
      posts: images(30).map((post) => ({ ...post, media: { ...post.media, bytes: 200_000 } })),
      faults: [{ kind: 'drip', bytes: 60, everyMs: 50, match: { endpoint: 'download' } }],
    });
    await page
      .getByRole('button', { name: 'Start a backfill' })
      .or(page.getByRole('button', { name: 'Start', exact: true }))
      .first()
      .click();
    // Wait for the page of the run before clicking its button.
    await page.waitForURL(/\/runs\/[\da-f-]{36}$/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Interrupted').first().waitFor();
    sandbox.setFaults([]);
    await page.goto(`${library.address}/runs`);
    await history(page).getByText('Interrupted').waitFor();
    await page
      .getByRole('button', { name: 'Start a backfill' })
      .or(page.getByRole('button', { name: 'Start', exact: true }))
      .first()
      .click();
    await page.getByText('Completed').first().waitFor();
    await page.goto(library.address);
    await page
      .getByRole('status')
      .filter({ hasText: /^30 posts$/ })
      .waitFor();
  });

  test('failed items are listed with their reason, and a button retries them', async () => {
    const posts = images(5);
    const page = await start({
      posts,
      faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', share: 0.4 } }],
    });
    await page.getByRole('button', { name: 'Start', exact: true }).first().click();
    await page.getByText('Completed').first().waitFor();
    await page.goto(`${library.address}/runs`);
    const failures = page.getByRole('region', { name: 'Failed items', exact: true });
    await failures
      .getByText(/not found|404/i)
      .first()
      .waitFor();
    sandbox.setFaults([]);
    await failures.getByRole('button', { name: 'Retry failed items' }).click();
    await page.getByText('Completed').first().waitFor();
    await page.goto(`${library.address}/runs`);
    await failures.getByText('No failed items.').waitFor();
    await page.goto(`${library.address}/?state=missing`);
    await page.getByRole('heading', { name: 'No posts found' }).waitFor();
    expect(await page.locator('[data-post]').count()).toBe(0);
  });
});
