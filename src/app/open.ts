import { type Accounts, createAccounts } from '../accounts/accounts.ts';
import { createKeyring, type Keyring } from '../accounts/keys.ts';
import { createRefusals, type Refusals } from '../accounts/refusals.ts';
import { createTokens, type Tokens } from '../accounts/tokens.ts';
import type { Config } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { type Database, openDatabase } from '../db/open.ts';
import { openStores, type Stores } from '../files/stores.ts';
import { createMetaClock, type MetaClock } from '../instagram/graph/meta-clock.ts';
import type { Log } from '../lib/log.ts';
import { type Belonging, claimFolder, movedNote, whoseFolder } from '../library/identity.ts';
import { giveUpWaiting } from '../runs/finish-later.ts';
import { liveOwners } from '../runs/lock-state.ts';
import type { Paces } from '../runs/paces.ts';
import { createRuns } from '../runs/runs.ts';
import { type AppRuns, RUN_KINDS, type RunKinds } from './run-kinds.ts';

/** The outside world, injected. */
export interface Outside {
  readonly now: () => Date;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
  /** How often runs do what they do besides their work; each has a default. */
  readonly paces?: Partial<Paces>;
}

/** The program, put together: what its front ends (terminal, chat, page) work with. */
export interface App {
  readonly config: Config;
  readonly outside: Outside & { readonly metaClock: MetaClock };
  readonly db: Database;
  readonly keyring: Keyring;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  /** Accounts whose token Meta refused. */
  readonly refusals: Refusals;
  readonly runs: AppRuns;
  /** For reading; a run writes through a store of its own. */
  readonly stores: Stores;
  /** Whether the media folder is this library's, as it was found when it was opened. */
  readonly belonging: Belonging;
  close(): Promise<void>;
}

/**
 * Opens the library, and brings its database up to date. If the library was moved, its records are updated too.
 *
 * @param followsMove false for a check, which only says that the library was moved.
 * @throws {DatabaseError} if the database cannot be reached, or is not one of ours.
 */
export async function openApp(config: Config, outside: Outside, { followsMove = true } = {}): Promise<App> {
  let stores = await openStores(config);
  const db = await openDatabase(config.database);
  let belonging: Belonging;
  try {
    await migrate(db);
    belonging = await whoseFolder({ db, store: stores.media });
    if (!('problem' in belonging) || belonging.kind === 'elsewhere') stores = stores.ours();
    if (followsMove && belonging.kind === 'moved') await followMove({ db, stores, outside, belonging });
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
    runs: createRuns<RunKinds>({ db, kinds: RUN_KINDS, now, warn: outside.log.warn, paces: outside.paces }),
    stores,
    belonging,
    close() {
      giveUpWaiting(db);
      return db.close();
    },
  };
}

interface MoveOptions {
  db: Database;
  stores: Stores;
  outside: Outside;
  belonging: Belonging;
}

/** A running run writes paths of the old place: then the next command does it. */
async function followMove({ db, stores, outside, belonging }: MoveOptions): Promise<void> {
  const { now, log } = outside;
  if ((await liveOwners(db)).length > 0) return;
  try {
    const moved = await claimFolder({ db, store: stores.media, now }, belonging, { marks: false });
    if (moved) log.info(movedNote(moved, stores.media.root));
  } catch (error) {
    // Such as a read-only database: lists show the old places.
    log.warn(`this library was moved, but its records could not be updated: ${String(error)}`);
  }
}
