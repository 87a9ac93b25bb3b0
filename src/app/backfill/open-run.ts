import { backfill } from '../../backfill/backfill.ts';
import { counted } from '../../backfill/counted.ts';
import type { BackfillEvent } from '../../backfill/ended.ts';
import type { Resumed, Waiting } from '../../backfill/events.ts';
import type { Library } from '../../backfill/ports.ts';
import { receive } from '../../files/receive.ts';
import { waitForLimit } from '../../instagram/graph/wait-for-limit.ts';
import { adaptiveConcurrency, fixedConcurrency } from '../../instagram/media/adaptive-concurrency.ts';
import { openSource } from '../../instagram/source.ts';
import { createNotices, withNotices } from '../../lib/mailbox.ts';
import { createLibrary } from '../../library/library.ts';
import { BACKFILL_FOLDER } from '../../library/paths.ts';
import type { PostSource } from '../../media/item.ts';
import type { MediaType } from '../../media/media-type.ts';
import type { OpenRun } from '../../runs/start.ts';
import type { App } from '../open.ts';
import type { RunParts } from './prepare.ts';
import type { StartRequest } from './request.ts';

/** Parallel downloads, unless the request says how many: measured on connections of different quality (docs/speed.md). */
const CONCURRENCY = { begin: 16, least: 4, most: 48 };

/** Live stories vanish within a day, and posts do not: stories go first. */
const LISTINGS: Readonly<Record<MediaType, readonly PostSource[]>> = {
  feed: ['feed'],
  stories: ['stories'],
  both: ['stories', 'feed'],
};

interface Options extends Pick<RunParts, 'account' | 'token' | 'flavour' | 'stores'> {
  run: Pick<OpenRun, 'id' | 'signal' | 'confirm' | 'onClose'>;
  /** Everything up to here was complete when the run began. */
  completeUpTo: Date | undefined;
}

/** Puts the parts of a run together: where posts come from, where files go, and the stages between. */
export function openRun(app: App, request: StartRequest, options: Options) {
  const { config, outside, db } = app;
  const { run, account, token, flavour, stores, completeUpTo } = options;
  const { dryRun, limit, since, until } = request;
  const mailbox = createNotices<Waiting | Resumed>();
  const concurrency =
    request.concurrency === undefined ? adaptiveConcurrency(CONCURRENCY) : fixedConcurrency(request.concurrency);
  const source = openSource({
    token: { flavour, value: token },
    instagramId: account.instagramId,
    baseUrls: config.graph.baseUrls,
    version: config.graph.version,
    mediaHosts: config.mediaHosts,
    mediaRanges: config.mediaRanges,
    timeout: config.networkTimeout,
    concurrency,
    receive: (chunks, about) => receive(stores.media, BACKFILL_FOLDER, chunks, about),
    waitForLimit: request.wait
      ? waitForLimit(outside, {
          waiting: (until) => mailbox.push({ type: 'waiting', until }),
          resumed: () => mailbox.push({ type: 'resumed' }),
        })
      : undefined,
    ...outside,
  });
  run.onClose(() => source.close());
  const library: Library = createLibrary({
    db,
    stores,
    accountId: account.id,
    runId: run.id,
    damaged: request.damaged,
    covers: request.covers,
    dryRun,
    now: outside.now,
    confirm: run.confirm,
  });
  const events = backfill(
    {
      listings: [...LISTINGS[request.mediaType], ...(request.collaborations ? (['collaborations'] as const) : [])],
      window: {
        ...(since ? { since } : {}),
        ...(until ? { until } : {}),
        ...(request.incremental && completeUpTo ? { completeUpTo } : {}),
      },
      retryFailed: request.retryFailed,
      isRepair: request.damaged !== undefined,
      dryRun,
      concurrency: concurrency.now,
      ...(limit === undefined ? {} : { limit }),
    },
    { source, library },
    run.signal,
  );
  const all: AsyncGenerator<BackfillEvent> = counted(withNotices(events, mailbox), { dryRun });
  return { events: all, library };
}
