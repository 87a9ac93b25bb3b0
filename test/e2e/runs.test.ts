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

  /** The runs' page of a library whose account is at a sandbox of this test's. */
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

  test('a dry run says what the real one would take, and starts it', async () => {
    const page = await start({ posts: images(12) });
    await page.getByLabel('Dry run').check();
    await page.getByRole('button', { name: 'Start dry run' }).click();
    await page.getByRole('heading', { name: 'The real run would take' }).waitFor();
    await page.getByRole('button', { name: 'Start the real run' }).click();
    await page.getByText('Completed').first().waitFor();
    await page.getByRole('link', { name: 'Look at what came' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /^12 posts$/ })
      .waitFor();
    expectNoComplaint(open);
  });

  test('a run is watched, cancelled, and gone on with', async () => {
    const page = await start({
      // Files that take minutes at this speed: the run is under way however late the button is pressed.
      posts: images(30).map((post) => ({ ...post, media: { ...post.media, bytes: 200_000 } })),
      faults: [{ kind: 'drip', bytes: 60, everyMs: 50, match: { endpoint: 'download' } }],
    });
    await page
      .getByRole('button', { name: 'Start a backfill' })
      .or(page.getByRole('button', { name: 'Start', exact: true }))
      .first()
      .click();
    // The page of the run, and not the one that is about to be left for it.
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

  test('what failed is listed with its reason, and tried again by a button', async () => {
    const posts = images(5);
    const page = await start({
      posts,
      faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', share: 0.4 } }],
    });
    await page.getByRole('button', { name: 'Start', exact: true }).first().click();
    await page.getByText('Completed').first().waitFor();
    await page.goto(`${library.address}/runs`);
    const failures = page.getByRole('region', { name: 'What failed' });
    await failures
      .getByText(/not found|404/i)
      .first()
      .waitFor();
    sandbox.setFaults([]);
    await failures.getByRole('button', { name: 'Try them again' }).click();
    await page.getByText('Completed').first().waitFor();
    await page.goto(`${library.address}/runs`);
    await failures.getByText('Nothing is left that failed.').waitFor();
    await page.goto(`${library.address}/?state=missing`);
    await page.getByRole('heading', { name: 'No post matches' }).waitFor();
    expect(await page.locator('[data-post]').count()).toBe(0);
  });
});
