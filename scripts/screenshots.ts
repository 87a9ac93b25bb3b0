/** Renews the screenshots of docs/gallery.md from the sandbox library in `STORYLINE_HOME`: `npm run screenshots`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import sharp from 'sharp';
import { DESKTOP, launch, PHONE, visit } from '../test/e2e/browser.ts';

const PROGRAM = resolve('dist/storyline-cli.js');
const FOLDER = 'docs/images';

const start = (...args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

await once(start('backfill-instagram', '--sandbox', '--quiet'), 'exit');
const server = start('serve', '--sandbox', '--no-bot', '--port', '8799');
await once(server.stdout ?? server, 'data');
const base = 'http://127.0.0.1:8799/sandbox';
const browser = await launch();
try {
  const { posts } = (await (await fetch(`${base}/api/posts?search=autumn`)).json()) as { posts: { id: string }[] };
  const places = { gallery: '', post: `posts/${posts[0]?.id}`, runs: 'runs', library: 'library', accounts: 'accounts' };
  const looks = [
    ['desktop', { viewport: DESKTOP }],
    ['desktop-dark', { viewport: DESKTOP, colorScheme: 'dark' }],
    ['phone', PHONE],
    ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
  ] as const;
  for (const [look, options] of looks) {
    const { page, close } = await visit(browser, `${base}/`, options);
    for (const [name, path] of Object.entries(places)) {
      await page.goto(`${base}/${path}`);
      // The event stream never ends, so there is no idle network to wait for.
      await page.waitForTimeout(2500);
      const picture = await page.screenshot();
      await sharp(picture).png({ palette: true, quality: 90 }).toFile(`${FOLDER}/${name}-${look}.png`);
    }
    await close();
  }
} finally {
  await browser.close();
  server.kill('SIGINT');
}
