import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Sandbox } from '../sandbox/server.ts';
import { type App, openApp } from './open.ts';

/** The settings of the sandbox's own library: nothing of the user's is touched, and no setting is required. */
export function sandboxConfig(config: Config): Config {
  const home = join(config.home, 'sandbox');
  return {
    ...config,
    home,
    mediaDir: join(home, 'media'),
    database: { kind: 'sqlite', path: join(home, 'storyline.db') },
    encryptionKeys: [],
    keyFile: join(home, 'secret.key'),
    adminChatId: undefined,
    telegram: { ...config.telegram, botToken: undefined },
  };
}

/** The same, with the API and the media at a running sandbox. */
export function connectedTo(config: Config, sandbox: Sandbox): Config {
  return {
    ...config,
    graph: {
      ...config.graph,
      baseUrls: { facebook: sandbox.facebookBaseUrl, instagram: sandbox.instagramBaseUrl },
    },
    signIn: {
      apps: { facebook: sandbox.apps.facebook, instagram: sandbox.apps.instagram },
      pages: { facebook: sandbox.facebookWebBaseUrl, instagram: sandbox.instagramWebBaseUrl },
      instagramApi: sandbox.instagramApiBaseUrl,
    },
    mediaHosts: [sandbox.mediaHost],
  };
}

/** Commands that only read the sandbox's library do not load it. */
const start = async (): Promise<Sandbox> => (await import('../sandbox/server.ts')).startSandbox();

/** Runs a sandbox until the work is done. */
export async function withSandbox<T>(work: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const sandbox = await start();
  try {
    return await work(sandbox);
  } finally {
    await sandbox.close();
  }
}

/** The sandbox's library, connected to a running sandbox. */
export interface SandboxLibrary {
  readonly app: App;
  /** Closes the library and stops the sandbox. */
  close(): Promise<void>;
}

/** Starts a sandbox, and opens its library next to the user's. */
export async function openSandboxLibrary({ config, outside }: App): Promise<SandboxLibrary> {
  const sandbox = await start();
  let app: App | undefined;
  const close = async () => {
    await app?.close();
    await sandbox.close();
  };
  try {
    app = await openApp(connectedTo(sandboxConfig(config), sandbox), outside);
    await addSandboxAccount(app, sandbox);
    return { app, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Puts the sandbox's account and token into its library. */
export async function addSandboxAccount(app: App, { account, tokens }: Sandbox): Promise<void> {
  const added = await app.accounts.add({
    displayName: account.name,
    instagramId: account.id,
    username: account.username,
  });
  await app.tokens.store(added, { value: tokens.facebook, expiresAt: undefined });
}
