import { type cli, databaseUrl, settingsFor } from './cli.ts';
import type { TestApp } from './test-app.ts';

/** Starts the built program beside a test's app, with the same library, key and sandbox. */
export function startBeside(it: TestApp, program: Awaited<ReturnType<typeof cli>>, args: readonly string[]) {
  return program.start(args, {
    STORYLINE_HOME: it.config.home,
    DATABASE_URL: databaseUrl(it.config.database),
    ...settingsFor(it.sandbox),
  });
}
