import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Sandbox } from '../sandbox/server.ts';
import type { App } from './open.ts';

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

/** Starts a sandbox for as long as the work takes. */
export async function withSandbox<T>(work: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  // Loaded on demand: commands that only read the sandbox's library do not need it.
  const { startSandbox } = await import('../sandbox/server.ts');
  const sandbox = await startSandbox();
  try {
    return await work(sandbox);
  } finally {
    await sandbox.close();
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
