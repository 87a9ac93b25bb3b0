import { type cli, databaseUrl, settingsFor } from './cli.ts';
import type { TestApp } from './test-app.ts';

/** Starts the built program in parallel to a test's app, with the same library, key and sandbox. */
export function startAnotherProcess(world: TestApp, program: Awaited<ReturnType<typeof cli>>, args: readonly string[]) {
  return program.start(args, {
    STORYLINE_HOME: world.config.home,
    DATABASE_URL: databaseUrl(world.config.database),
    ...settingsFor(world.sandbox),
  });
}
