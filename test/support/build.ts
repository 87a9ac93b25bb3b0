import { execFileSync } from 'node:child_process';

/** The program as users have it is built once, before the tests that start it. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
}
