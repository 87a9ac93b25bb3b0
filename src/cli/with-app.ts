import { type App, openApp } from '../app/open.ts';
import { sandboxConfig } from '../app/sandbox.ts';
import type { Config } from '../config.ts';
import type { Context } from './context.ts';

/** Opens the library for one command, and always closes it. */
export async function withApp<T>(
  context: Context,
  work: (app: App) => Promise<T>,
  config: Config = context.config,
): Promise<T> {
  const app = await openApp(config, { ...context.clock, log: context.log });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** The settings of the library that a command uses: the sandbox has its own. */
export const libraryConfig = (context: Context, { sandbox }: { sandbox: boolean }): Config =>
  sandbox ? sandboxConfig(context.config) : context.config;
