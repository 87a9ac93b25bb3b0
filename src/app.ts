import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { createKeyring, type Keyring } from './accounts/keys.ts';
import { createRefusals, type Refusals } from './accounts/refusals.ts';
import { createTokens, type Tokens } from './accounts/tokens.ts';
import type { Config } from './config.ts';
import { migrate } from './db/migrate.ts';
import { type Database, openDatabase } from './db/open.ts';
import { createMetaClock, type MetaClock } from './instagram/meta-clock.ts';
import type { Log } from './lib/log.ts';
import { giveUpWaiting } from './runs/finish-later.ts';
import { createServiceRuns, type ServiceRuns } from './runs/service-runs.ts';
import { createStorage } from './storage/create-storage.ts';
import type { MediaStorage } from './storage/media-storage.ts';

/** The outside world, handed in. */
export interface Outside {
  readonly now: () => Date;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
}

/** The program, put together: what its faces (terminal, chat, page) work with. */
export interface App {
  readonly config: Config;
  readonly outside: Outside & { readonly metaClock: MetaClock };
  readonly db: Database;
  readonly keyring: Keyring;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  /** Whose token Meta refused. */
  readonly refusals: Refusals;
  readonly runs: ServiceRuns;
  /** For reading; a run writes through a storage of its own. */
  readonly storage: MediaStorage;
  close(): Promise<void>;
}

/**
 * Opens the library, and brings its database up to date.
 *
 * @throws {DatabaseError} where the database is out of reach, or not one of ours.
 */
export async function openApp(config: Config, outside: Outside): Promise<App> {
  const db = await openDatabase(config.database);
  try {
    await migrate(db);
  } catch (error) {
    await db.close();
    throw error;
  }
  const { now } = outside;
  const metaClock = createMetaClock(now);
  const keyring = createKeyring({
    environmentKeys: config.encryptionKeys,
    file: config.keyFile,
    warn: outside.log.warn,
  });
  return {
    config,
    outside: { ...outside, metaClock },
    db,
    keyring,
    accounts: createAccounts({ db, adminChatId: config.adminChatId, now }),
    tokens: createTokens({ db, keyring, now: metaClock.now }),
    refusals: createRefusals({ db }),
    runs: createServiceRuns({ db }),
    storage: createStorage({ kind: 'local', root: config.mediaDir, owner: 'reader', heldInMemory: 0 }),
    close() {
      giveUpWaiting(db);
      return db.close();
    },
  };
}
