import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DESKTOP, inBrowser, launch, PHONE, visit } from './browser.ts';
import { type Served, served } from './served.ts';

/** WCAG 2.2 AA and everything it includes, and axe's best practices. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = (await page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(TAGS)} })`)) as {
    violations: Violation[];
  };
  return found.map(
    ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}

describe.skipIf(!inBrowser)('axe finds no violation', () => {
  let browser: Browser;
  let library: Served;
  let post: string;
  let run: string;
  beforeAll(async () => {
    browser = await launch();
    library = await served({ before: [{ args: ['backfill-instagram', '--sandbox', '--quiet'] }] });
    const api = `${library.address}/sandbox/api`;
    const { posts } = (await (await fetch(`${api}/posts?kind=album`)).json()) as { posts: { id: string }[] };
    const { runs } = (await (await fetch(`${api}/runs`)).json()) as { runs: { id: string }[] };
    post = posts[0]?.id ?? '';
    run = runs[0]?.id ?? '';
  });
  afterAll(async () => {
    await browser?.close();
    await library?.close();
  });

  const pages: readonly (readonly [string, () => string, string])[] = [
    ['the gallery', () => '', '[data-post] img'],
    ['the gallery without results', () => '?search=nosuchword', 'h2'],
    ['a post', () => `posts/${post}`, 'dialog img'],
    ['the runs', () => 'runs', '.run-list'],
    ['a run', () => `runs/${run}`, 'h1'],
    ['the library', () => 'library', 'svg'],
    ['the accounts', () => 'accounts', 'h1'],
  ];
  const looks = [
    ['at a desk', { viewport: DESKTOP }],
    ['at a desk, dark', { viewport: DESKTOP, colorScheme: 'dark' }],
    ['on a phone', PHONE],
    ['on a phone, dark', { ...PHONE, colorScheme: 'dark' }],
  ] as const;

  test.each(looks)('%s', async (_, options) => {
    const { page, close } = await visit(browser, `${library.address}/sandbox/`, {
      ...options,
      reducedMotion: 'reduce',
    });
    const found: Record<string, string[]> = {};
    for (const [name, path, isThere] of pages) {
      await page.goto(`${library.address}/sandbox/${path()}`);
      await page.locator(isThere).first().waitFor({ state: 'attached' });
      await page.waitForLoadState('networkidle').catch(() => undefined);
      const wrong = await violations(page);
      if (wrong.length > 0) found[name] = wrong;
    }
    await close();
    expect(found).toEqual({});
  });
});
