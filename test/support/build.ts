import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { shownUrl, whyUnreachable } from './server.ts';

/** The program as users have it is built once, before the tests that start it. */
export default async function setup(): Promise<void> {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  // The page has a build of its own; without it tests serve the smallest one.
  if (!existsSync('dist/page/index.html')) {
    mkdirSync('dist/page', { recursive: true });
    writeFileSync('dist/page/index.html', '<!doctype html><title>Storyline</title>');
  }
  const reason = await whyUnreachable();
  const word = reason
    ? `is not reachable at ${shownUrl()} (${reason}): its tests are skipped`
    : `is tested at ${shownUrl()}`;
  process.stdout.write(`SQLite is tested; PostgreSQL ${word}\n`);
}
