import type { Config } from '../../config.ts';
import type { Flavour } from '../../instagram/graph/client.ts';
import { type Outside, openApp } from '../open.ts';
import { accountChecks } from './accounts.ts';
import { botTroubleChecks } from './bot.ts';
import { type Check, failed } from './check.ts';
import { databaseCheck, folderChecks, keyChecks, runChecks } from './library.ts';
import { type NetworkFound, networkChecks } from './network.ts';

interface HealthOptions {
  /** Do not use the network. */
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

type AskNetwork = (flavours: ReadonlySet<Flavour>) => Promise<NetworkFound>;

/** Checks whatever can be checked, even if the library cannot be opened. */
export async function checkHealth(config: Config, outside: Outside, options: HealthOptions): Promise<Check[]> {
  const { offline, signal } = options;
  const askNetwork: AskNetwork | undefined = offline
    ? undefined
    : (flavours) => networkChecks({ config, flavours, now: outside.now, signal });
  try {
    return await libraryChecks(config, outside, { askNetwork, signal });
  } catch (error) {
    const network = await askNetwork?.(new Set());
    return [failed('Database', error), ...(await folderChecks(config)), ...(network?.checks ?? [])];
  }
}

async function libraryChecks(
  config: Config,
  outside: Outside,
  { askNetwork, signal }: { askNetwork: AskNetwork | undefined; signal: AbortSignal },
): Promise<Check[]> {
  // What opening the library would warn of is a check of its own here.
  const quiet = { ...outside, log: { ...outside.log, warn: () => undefined } };
  const app = await openApp(config, quiet, { followsMove: false });
  try {
    const known = await accountChecks(app);
    const network = await askNetwork?.(known.flavours);
    // A host that does not answer says nothing about a token.
    const accounts = network ? await accountChecks(app, { ask: { flavours: network.answering, signal } }) : known;
    return [
      await databaseCheck(app),
      ...(await keyChecks(app)),
      ...accounts.checks,
      ...(await runChecks(app)),
      ...(await botTroubleChecks(app)),
      ...(await folderChecks(config, app)),
      ...(network?.checks ?? []),
    ];
  } finally {
    await app.close();
  }
}
