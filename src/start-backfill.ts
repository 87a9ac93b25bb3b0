import type { Account } from './accounts/accounts.ts';
import type { App, Outside } from './app.ts';
import { backfill } from './backfill/backfill.ts';
import type { BackfillEvent, Resumed, Waiting } from './backfill/events.ts';
import type { Library } from './backfill/ports.ts';
import { type Outcome, recorded } from './backfill/recorded.ts';
import { currentToken } from './current-token.ts';
import { DatabaseError, type RateLimitError, StorylineError, UsageError } from './errors.ts';
import { flavourOf } from './instagram/graph.ts';
import { openSource } from './instagram/source.ts';
import { adaptiveAtOnce, fixedAtOnce } from './lib/at-once.ts';
import type { Log } from './lib/log.ts';
import { createNotices, type Notices, withNotices } from './lib/notices.ts';
import { claimFolder, movedNote, refuseOthers, whoseFolder } from './library/identity.ts';
import { createLibrary } from './library/library.ts';
import { BACKFILL_FOLDER, WRITTEN_FOLDERS } from './library/places.ts';
import { receive } from './library/receive.ts';
import type { MediaId, PostSource } from './media/item.ts';
import { completeUpTo, loadIntervals, saveProof } from './runs/intervals.ts';
import { acquireLock, liveOwners, ownerOf } from './runs/lock.ts';
import { watched } from './runs/progress.ts';
import type { InputParams, TriggeredBy } from './runs/run-views.ts';
import type { Foretold } from './runs/service-runs.ts';
import { createStorage } from './storage/create-storage.ts';

export const MEDIA_TYPES = ['feed', 'stories', 'both'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** What a person asks for, in the words of the faces. */
export interface StartRequest {
  /** UUID, `@username` or Meta's id; absent for the active account. */
  readonly account?: string | undefined;
  readonly mediaType: MediaType;
  readonly collaborations: boolean;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly limit?: number | undefined;
  readonly dryRun: boolean;
  readonly incremental: boolean;
  /** Only the items that failed in earlier runs. */
  readonly retryFailed: boolean;
  /** Just these items, in the place of what the library has of them: from their posts, or without `retryFailed` by a walk. */
  readonly damaged?: ReadonlySet<MediaId> | undefined;
  /** Downloads at once; absent for as many as prove worth it. */
  readonly concurrency?: number | undefined;
  /** On a rate limit, wait until Instagram lets the account in again, then go on. */
  readonly wait: boolean;
  readonly triggeredBy: TriggeredBy;
}

/** A run that is about to begin: it goes on as its events are pulled. */
export interface BackfillRun {
  readonly id: string;
  readonly account: Account;
  /** Where the files go. */
  readonly folder: string;
  /** What a dry run said that this one would take. */
  readonly forecast: Foretold | undefined;
  readonly events: AsyncGenerator<BackfillEvent>;
}

/** Downloads at once, unless somebody says how many: measured on lines of different quality (docs/speed.md). */
const AT_ONCE = { begin: 16, least: 4, most: 48 };

/** Bytes that all downloads together may hold in memory: a picture is gathered whole, a video goes on in its partial file. */
const MEMORY_BUDGET = 8 * 1024 * 1024;

const FOLDER_HINT =
  'Set MEDIA_DIR to a folder that can be written. Folders in it must be real ones: links are not followed (a bind mount is fine).';

/** Live stories vanish within a day, and posts do not: stories go first. */
const LISTINGS: Readonly<Record<MediaType, readonly PostSource[]>> = {
  feed: ['feed'],
  stories: ['stories'],
  both: ['stories', 'feed'],
};

/**
 * Finds account and token, makes sure that this is the account's only run, and records it; nothing is written before
 * all that holds.
 *
 * @throws {UsageError} for an unknown account, a missing token, a wrong key, an unwritable folder.
 * @throws {TokenExpiredError} {@link RunInProgressError}
 */
export async function startBackfill(app: App, request: StartRequest, signal: AbortSignal): Promise<BackfillRun> {
  const { config, outside, db, runs } = app;
  const { now } = outside;
  const { dryRun, limit, since, until } = request;
  const account = await app.accounts.choose(request.account);
  const token = await currentToken(app, account, signal);
  const flavour = flavourOf(token);
  if (request.collaborations && flavour === 'instagram') {
    throw new UsageError('Collaborations can be listed with Facebook Login only', {
      hint: 'Leave them out, or store a token that begins with EAA.',
    });
  }
  const id = runs.newId();
  const atOnce = request.concurrency === undefined ? adaptiveAtOnce(AT_ONCE) : fixedAtOnce(request.concurrency);
  const storage = createStorage({
    kind: 'local',
    root: config.mediaDir,
    owner: ownerOf(id),
    heldInMemory: MEMORY_BUDGET,
    warn: outside.log.warn,
  });
  const belonging = await whoseFolder({ db, storage });
  refuseOthers(belonging, { isRepair: request.damaged !== undefined });
  const problem = dryRun ? undefined : await storage.problem(WRITTEN_FOLDERS);
  if (problem) throw new UsageError(problem, { hint: FOLDER_HINT });

  const lock = await acquireLock(db, { accountId: account.id, runId: id, triggeredBy: request.triggeredBy }, now);
  let forecast: Foretold | undefined;
  try {
    if (!dryRun) {
      const moved = await claimFolder({ db, storage, now }, belonging);
      if (moved) outside.log.info(movedNote(moved, config.mediaDir));
    }
    await runs.closeDead();
    const input: InputParams = {
      limit: limit ?? null,
      media_type: request.mediaType,
      since: since?.toISOString() ?? null,
      until: until?.toISOString() ?? null,
      dry_run: dryRun,
      account_id: account.id,
      incremental: request.incremental,
      ...(request.collaborations ? { collaborations: true } : {}),
      ...(request.retryFailed ? { retry_failed: true } : {}),
      ...(request.damaged ? { repair: request.damaged.size } : {}),
    };
    if (!dryRun && !request.damaged) forecast = await runs.forecastFor(input);
    await runs.begin(id, request.triggeredBy, input);
    const live = dryRun ? [] : await liveOwners(db, now());
    for (const written of dryRun ? [] : ['', ...WRITTEN_FOLDERS]) await storage.clearPartials(written, live);
  } catch (error) {
    await lock.release();
    throw error;
  }

  const known = await loadIntervals(db, account.id);
  const upTo = completeUpTo(known);
  const notices = createNotices<Waiting | Resumed>();
  const source = openSource({
    token: { flavour, value: token },
    instagramId: account.instagramId,
    baseUrls: config.graph.baseUrls,
    version: config.graph.version,
    mediaHosts: config.mediaHosts,
    timeout: config.networkTimeout,
    atOnce,
    receive: (chunks, about) => receive(storage, BACKFILL_FOLDER, chunks, about),
    waitForLimit: request.wait ? createWait(outside, notices) : undefined,
    ...outside,
  });
  const library = createLibrary({
    db,
    storage,
    accountId: account.id,
    runId: id,
    damaged: request.damaged,
    now,
    confirm: lock.confirm,
  });
  const events = backfill(
    {
      listings: [...LISTINGS[request.mediaType], ...(request.collaborations ? (['collaborations'] as const) : [])],
      window: {
        ...(since ? { since } : {}),
        ...(until ? { until } : {}),
        ...(request.incremental && upTo ? { completeUpTo: upTo } : {}),
      },
      retryFailed: request.retryFailed,
      isRepair: request.damaged !== undefined,
      dryRun,
      concurrency: atOnce.now,
      ...(limit === undefined ? {} : { limit }),
    },
    { source, library },
    AbortSignal.any([signal, lock.lost, lock.cancelled]),
  );
  const expectedFiles = forecast?.forecast.files;
  const close = async ({ report, proof, error }: Outcome) => {
    try {
      await source.close();
      await lock.confirmNow();
      if (!dryRun) {
        await describeRest(library, outside.log);
        await saveProof(db, account.id, proof);
      }
      await runs.close(id, report, error);
    } finally {
      await lock.release();
    }
  };
  return {
    id,
    account,
    folder: storage.locate(BACKFILL_FOLDER),
    forecast,
    events: recorded(watched(withNotices(events, notices), { lock, dryRun, expectedFiles, now }), {
      dryRun,
      completeUpTo: upTo,
      isWalk: !request.retryFailed && !request.damaged,
      close,
    }),
  };
}

/** The next run does it, where a full disk keeps this one from it. */
async function describeRest(library: Library, log: Log): Promise<void> {
  try {
    await library.describePosts();
  } catch (error) {
    if (error instanceof DatabaseError || !(error instanceof StorylineError)) throw error;
    log.warn(`posts are not described beside their media yet: ${error.message}`);
  }
}

/** Waits for the end of a rate limit, once for all calls that met it, and says so. */
function createWait({ now, sleep }: Outside, notices: Notices<Waiting | Resumed>) {
  let waiting: Promise<void> | undefined;
  const wait = async ({ until }: RateLimitError, signal: AbortSignal) => {
    notices.push({ type: 'waiting', until });
    await sleep(Math.max(0, until.getTime() - now().getTime()), signal);
    notices.push({ type: 'resumed' });
  };
  return (limit: RateLimitError, signal: AbortSignal): Promise<void> => {
    waiting ??= wait(limit, signal).finally(() => {
      waiting = undefined;
    });
    return waiting;
  };
}
