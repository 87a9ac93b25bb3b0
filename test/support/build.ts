import { execFileSync } from 'node:child_process';
import { shownUrl, whyUnreachable } from './server.ts';

/** Builds the program once, for the tests that start it. */
export default async function setup(): Promise<void> {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  const reason = await whyUnreachable();
  const word = reason
    ? `is not reachable at ${shownUrl()} (${reason}): its tests are skipped`
    : `is tested at ${shownUrl()}`;
  process.stdout.write(`SQLite is tested; PostgreSQL ${word}\n`);
}
