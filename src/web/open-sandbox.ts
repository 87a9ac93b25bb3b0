import { type App, openApp } from '../app/open.ts';
import { addSandboxAccount, connectedTo, sandboxConfig } from '../app/sandbox.ts';

/** A library that was opened for the page, and has to be closed. */
export interface OpenedLibrary {
  readonly app: App;
  close(): Promise<void>;
}

/** Starts a sandbox, and opens the library that belongs to it. */
export async function openSandbox({ config, outside }: App): Promise<OpenedLibrary> {
  const { startSandbox } = await import('../sandbox/server.ts');
  const sandbox = await startSandbox();
  let app: App | undefined;
  try {
    app = await openApp(connectedTo(sandboxConfig(config), sandbox), outside);
    await addSandboxAccount(app, sandbox);
  } catch (error) {
    await app?.close();
    await sandbox.close();
    throw error;
  }
  const opened = app;
  return {
    app: opened,
    async close() {
      await opened.close();
      await sandbox.close();
    },
  };
}
