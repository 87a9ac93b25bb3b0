import { execFileSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { shownUrl, whyUnreachable } from './server.ts';
import { makeTemplates } from './templates.ts';

/** Builds the program and databases to copy, once for all tests; returns a function that removes the databases. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  const reason = await whyUnreachable();
  const word = reason
    ? `is not reachable at ${shownUrl()} (${reason}): its tests are skipped`
    : `is tested at ${shownUrl()}`;
  process.stdout.write(`SQLite is tested; PostgreSQL ${word}\n`);
  const { templates, remove } = await makeTemplates(reason === undefined);
  project.provide('templates', templates);
  return remove;
}
