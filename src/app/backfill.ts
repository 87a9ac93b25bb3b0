import type { Account } from '../accounts/accounts.ts';
import { refusalIn } from '../accounts/refusals.ts';
import { backfill } from '../backfill/backfill.ts';
import type { BackfillEvent, Resumed, Waiting } from '../backfill/events.ts';
import type { Interval } from '../backfill/history.ts';
import type { Library } from '../backfill/ports.ts';
import { type Outcome, recorded } from '../backfill/recorded.ts';
import { emptyReport, type Report } from '../backfill/report.ts';
import { type FileCheck, noteFileCheck } from '../catalogue/file-states.ts';
import { completeUpTo, loadIntervals, saveProof } from '../catalogue/intervals.ts';
import { DatabaseError, InterruptedError, type RateLimitError, StorylineError, UsageError } from '../errors.ts';
import { addressOf } from '../files/file-store.ts';
import { receive } from '../files/receive.ts';
import { flavourOf } from '../instagram/graph/client.ts';
import { adaptiveAtOnce, fixedAtOnce } from '../instagram/media/adaptive-concurrency.ts';
import { openSource } from '../instagram/source.ts';
import { linkSignals } from '../lib/link-signals.ts';
import type { Log } from '../lib/log.ts';
import { createNotices, type Notices, withNotices } from '../lib/mailbox.ts';
import { claimFolder, movedNote, refuseOthers, whoseFolder } from '../library/identity.ts';
import { createLibrary } from '../library/library.ts';
import { BACKFILL_FOLDER, WRITTEN_FOLDERS } from '../library/paths.ts';
import type { MediaId, PostSource } from '../media/item.ts';
import type { MediaType } from '../media/media-type.ts';
import { isAway } from '../runs/finish-later.ts';
import { holdEvents } from '../runs/held-events.ts';
import { acquireLock, liveOwners, ownerOf, type RunLock } from '../runs/lock.ts';
import { watched } from '../runs/progress.ts';
import type { InputParams, TriggeredBy } from '../runs/run-views.ts';
import type { Foretold } from '../runs/service-runs.ts';
import type { App } from './open.ts';
import { noteAnswer } from './tokens/answers.ts';
import { currentToken } from './tokens/current.ts';

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
  /** With `damaged`: videos whose covers are downloaded again. */
  readonly covers?: ReadonlySet<MediaId> | undefined;
  /** Downloads at once; absent for as many as prove worth it. */
  readonly concurrency?: number | undefined;
  /** On a rate limit, wait until Instagram lets the account in again, then go on. */
  readonly wait: boolean;
  readonly triggeredBy: TriggeredBy;
}

/** A run that is about to begin: it goes on as its events are pulled. Its account is locked until it ends. */
export interface BackfillRun {
  readonly id: string;
  readonly account: Account;
  /** Where the files go. */
  readonly folder: string;
  /** What a dry run said that this one would take. */
  readonly forecast: Foretold | undefined;
  /** Can be iterated once. */
  readonly events: AsyncGenerator<BackfillEvent>;
  /**
   * Ends the run where it has not ended: it is recorded as interrupted, and its account is free. To be called in a
   * `finally` by the code that started the run: nobody else may ever pull its events. Never throws for an expected error.
   */
  dispose(): Promise<void>;
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
 * all that holds. Dispose of the run in the end.
 *
 * @throws {UsageError} for an unknown account, a missing token, a wrong key, an unwritable folder.
 * @throws {TokenExpiredError} {@link RunInProgressError}
 */
export async function startBackfill(app: App, request: StartRequest, signal: AbortSignal): Promise<BackfillRun> {
  const prepared = await prepare(app, request, signal);
  const { id, account, stores } = prepared;
  const { triggeredBy } = request;
  const lock = await acquireLock(app.db, { accountId: account.id, runId: id, triggeredBy }, app.outside.now);
  const abort = new AbortController();
  const ending = createEnding(app, { ...prepared, lock });
  try {
    const forecast = await record(app, request, prepared);
    const known = await loadIntervals(app.db, account.id);
    const links = linkSignals([signal, lock.lost, lock.cancelled, abort.signal]);
    ending.also(async () => links.dispose());
    const { events, close } = open(app, request, { ...prepared, lock, known, ending, signal: links.signal });
    const shown = watched(events, { lock, dryRun: request.dryRun, expectedFiles: forecast?.forecast.files });
    const recordedEvents = recorded(shown, {
      dryRun: request.dryRun,
      completeUpTo: completeUpTo(known),
      isWalk: !request.retryFailed && !request.damaged,
      close,
    });
    const leave = (error: InterruptedError) => {
      abort.abort(error);
      return held.return(undefined);
    };
    const held = await holdEvents(recordedEvents, {
      letGo: () => ending.end({ report: emptyReport(request.dryRun), error: new InterruptedError() }),
      abandoned: () => void leave(new InterruptedError('Nobody followed the run')).catch(() => undefined),
    });
    return {
      id,
      account,
      folder: addressOf(stores.media, BACKFILL_FOLDER),
      forecast,
      events: held,
      async dispose() {
        try {
          await leave(new InterruptedError());
        } catch (error) {
          if (!(error instanceof StorylineError)) throw error;
          app.outside.log.warn(`run ${id} ended, and its record could not be completed: ${error.message}`);
        }
      },
    };
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    // What kept it from starting is what counts.
    await ending.end({ report: emptyReport(request.dryRun), error: reason }).catch(() => undefined);
    throw error;
  }
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Finds all that a run takes; nothing is written, and nobody is kept out. */
async function prepare(app: App, request: StartRequest, signal: AbortSignal) {
  const { db, outside, runs } = app;
  const { dryRun } = request;
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
  const stores = app.stores.forWriter({ owner: ownerOf(id), memory: MEMORY_BUDGET, warn: outside.log.warn });
  const belonging = await whoseFolder({ db, store: stores.media });
  refuseOthers(belonging, { isRepair: request.damaged !== undefined });
  const problem = dryRun ? undefined : await stores.media.prepare(WRITTEN_FOLDERS);
  if (problem) throw new UsageError(problem, { hint: FOLDER_HINT });
  return { id, account, token, flavour, atOnce, stores, belonging };
}

/** Takes the folder, closes what dead runs left open, and writes the row of this run; gives what a dry run said of it. */
async function record(
  { db, runs, outside, config }: App,
  request: StartRequest,
  { id, account, stores, belonging }: Pick<Prepared, 'id' | 'account' | 'stores' | 'belonging'>,
): Promise<Foretold | undefined> {
  const { dryRun, limit, since, until } = request;
  const moved = dryRun ? undefined : await claimFolder({ db, store: stores.media, now: outside.now }, belonging);
  if (moved) outside.log.info(movedNote(moved, config.mediaDir));
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
    ...(request.damaged ? { repair: request.damaged.size + (request.covers?.size ?? 0) } : {}),
  };
  const forecast = dryRun || request.damaged ? undefined : await runs.forecastFor(input);
  await runs.begin(id, request.triggeredBy, input);
  const live = dryRun ? [] : await liveOwners(db);
  for (const written of dryRun ? [] : ['', ...WRITTEN_FOLDERS]) await stores.media.recover(written, live);
  return forecast;
}

interface Opened extends Prepared {
  lock: RunLock;
  known: readonly Interval[];
  ending: Ending;
  signal: AbortSignal;
}

/** Puts the run's parts together: its events, and how its record is closed. */
function open(app: App, request: StartRequest, { lock, known, ending, signal, ...prepared }: Opened) {
  const { config, outside, db } = app;
  const { id, account, token, flavour, atOnce, stores } = prepared;
  const { dryRun, limit, since, until } = request;
  const upTo = completeUpTo(known);
  const notices = createNotices<Waiting | Resumed>();
  const source = openSource({
    token: { flavour, value: token },
    instagramId: account.instagramId,
    baseUrls: config.graph.baseUrls,
    version: config.graph.version,
    mediaHosts: config.mediaHosts,
    mediaRanges: config.mediaRanges,
    timeout: config.networkTimeout,
    atOnce,
    receive: (chunks, about) => receive(stores.media, BACKFILL_FOLDER, chunks, about),
    waitForLimit: request.wait ? createWait(outside, notices) : undefined,
    ...outside,
  });
  ending.also(() => source.close());
  const library = createLibrary({
    db,
    stores,
    accountId: account.id,
    runId: id,
    damaged: request.damaged,
    covers: request.covers,
    dryRun,
    now: outside.now,
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
    signal,
  );
  const close = ({ proof, ...outcome }: Outcome) =>
    ending.end(outcome, async () => {
      if (dryRun) return;
      await describeRest(library, outside.log);
      await saveProof(db, account.id, proof);
      const isWalk = !request.retryFailed && !request.damaged;
      if (!outcome.error && isWalk) await noteFileCheck(db, checkOf(account.id, outcome.report));
    });
  return { events: withNotices(events, notices), close };
}

type Ended = Pick<Outcome, 'report' | 'error'>;

/** How a run gives back what it holds: once, and all of it, whatever fails on the way. */
interface Ending {
  /** Something to be closed in the end, before all that was named earlier. */
  also(close: () => Promise<void>): void;
  /**
   * Closes everything, does the last work of a run that still has its lock, closes its row, and frees its account. A
   * second call does nothing.
   *
   * @throws what failed first; the rest is done all the same.
   */
  end(ended: Ended, lastWork?: () => Promise<void>): Promise<void>;
}

interface EndingOptions extends Pick<Prepared, 'id' | 'account' | 'token'> {
  lock: RunLock;
}

/** What Instagram said of the token during a run: a page that came means that it was accepted. */
const answerOf = ({ pages, apiCalls }: Report, error: Error | undefined): Error | 'accepted' | undefined =>
  refusalIn(error) ? error : pages > 0 || (!error && apiCalls > 0) ? 'accepted' : undefined;

function createEnding(app: App, { id, account, token, lock }: EndingOptions): Ending {
  const { runs } = app;
  const closing: (() => Promise<void>)[] = [];
  let isOver = false;

  return {
    also: (close) => void closing.unshift(close),
    async end({ report, error }, lastWork) {
      if (isOver) return;
      isOver = true;
      const failures: Error[] = [];
      const attempt = async (work: () => Promise<void>): Promise<boolean> => {
        try {
          await work();
          return true;
        } catch (failure) {
          failures.push(failure instanceof Error ? failure : new Error(String(failure)));
          return false;
        }
      };
      for (const close of closing) await attempt(close);
      if (lastWork && (await attempt(lock.confirmNow))) await attempt(lastWork);
      const closeRow = () => runs.close(id, report, error ?? failures[0]);
      // A database that is away is not waited for again and again: the rest is done once it is back.
      const isDatabaseAway = failures.some(isAway);
      if (!isDatabaseAway) await attempt(() => noteAnswer(app, { account, token }, answerOf(report, error)));
      const isClosed = !isDatabaseAway && (await attempt(closeRow));
      await attempt(() => lock.release(isClosed ? undefined : closeRow));
      if (failures[0]) throw failures[0];
    },
  };
}

/** What a run saw of the files: those that it looked at, and those that it brought. */
const checkOf = (accountId: string, report: Report): Omit<FileCheck, 'checkedAt'> => ({
  scope: accountId,
  kind: 'run',
  files: report.filesChecked + report.downloaded + report.adopted - report.restored,
  missing: report.missingOnDisk - report.restored,
  altered: report.changedOnDisk,
});

/** The next run does it, where a full disk keeps this one from it. */
async function describeRest(library: Library, log: Log): Promise<void> {
  try {
    await library.describePosts();
  } catch (error) {
    if (error instanceof DatabaseError || !(error instanceof StorylineError)) throw error;
    log.warn(`posts are not described beside their media yet: ${error.message}`);
  }
}

/** The longest wait without asking, in milliseconds: what a header says of a far day may be a slip. */
const LONGEST_WAIT = 24 * 60 * 60 * 1000;

/** Waits for the end of a rate limit, a day at most, once for all calls that met it, and says so. */
function createWait({ now, sleep, metaClock }: App['outside'], notices: Notices<Waiting | Resumed>) {
  let waiting: Promise<void> | undefined;
  const wait = async ({ until }: RateLimitError, signal: AbortSignal) => {
    const left = Math.min(LONGEST_WAIT, Math.max(0, until.getTime() - metaClock.now().getTime()));
    // By this machine's clock: the user's, and that of the countdown.
    notices.push({ type: 'waiting', until: new Date(now().getTime() + left) });
    await sleep(left, signal);
    notices.push({ type: 'resumed' });
  };
  return (limit: RateLimitError, signal: AbortSignal): Promise<void> => {
    waiting ??= wait(limit, signal).finally(() => {
      waiting = undefined;
    });
    return waiting;
  };
}
