import type { BackfillEvent } from '../backfill/ended.ts';
import type { StorylineError } from '../errors.ts';
import { chunks } from '../lib/chunks.ts';
import type { MediaId } from '../media/item.ts';
import { startBackfill } from './backfill/start.ts';
import type { App } from './open.ts';

/** The result of downloading damaged files again. */
export interface RefetchResult {
  readonly repaired: ReadonlySet<MediaId>;
  /** Videos whose covers were downloaded again. */
  readonly repairedCovers: ReadonlySet<MediaId>;
  /** Why an item could not be downloaded again; its file was left alone. */
  readonly reasons: ReadonlyMap<MediaId, string>;
  readonly stoppedBy: StorylineError | undefined;
}

interface Options {
  signal: AbortSignal;
  follow: (event: BackfillEvent) => void;
  /** Videos whose covers are downloaded again too. */
  covers?: readonly MediaId[];
}

/**
 * Downloads the files of these items again, one run per account. Items of unknown posts are searched for in the whole
 * feed. A file is only replaced by a complete one.
 *
 * @throws what {@link startBackfill} throws.
 */
export async function refetch(
  app: App,
  damaged: readonly MediaId[],
  { signal, follow, covers = [] }: Options,
): Promise<RefetchResult> {
  const repaired = new Set<MediaId>();
  const repairedCovers = new Set<MediaId>();
  const reasons = new Map<MediaId, string>();
  const files = new Set(damaged);
  const withCover = new Set(covers);
  const all = [...new Set([...damaged, ...covers])];

  const run = async (account: string, ids: readonly MediaId[], retryFailed: boolean) => {
    const request = {
      account,
      damaged: new Set(ids.filter((id) => files.has(id))),
      covers: new Set(ids.filter((id) => withCover.has(id))),
      retryFailed,
      mediaType: 'feed',
      collaborations: false,
      dryRun: false,
      incremental: false,
      wait: false,
      triggeredBy: 'cli',
    } as const;
    const { events, dispose } = await startBackfill(app, request, signal);
    let stoppedBy: StorylineError | undefined;
    try {
      for await (const event of events) {
        follow(event);
        if (event.type === 'kept') {
          repaired.add(event.item.id);
          // A video is downloaded with its cover.
          if (withCover.has(event.item.id)) repairedCovers.add(event.item.id);
        }
        if (event.type === 'skipped' && event.cover === 'kept') repairedCovers.add(event.item.id);
        if (event.type === 'failed') reasons.set(event.item.id, event.error.message);
        if (event.type === 'ended') stoppedBy = event.stoppedBy;
      }
    } finally {
      await dispose();
    }
    return stoppedBy;
  };

  const known = await byAccount(app, all);
  for (const [account, ids] of known) {
    const stoppedBy = await run(account, ids, true);
    if (stoppedBy) return { repaired, repairedCovers, reasons, stoppedBy };
  }
  const ofKnownPosts = new Set([...known.values()].flat());
  const isLeft = (id: MediaId) =>
    !ofKnownPosts.has(id) && !repaired.has(id) && !repairedCovers.has(id) && !reasons.has(id);
  for (const account of await app.accounts.list()) {
    const left = all.filter(isLeft);
    if (left.length === 0) break;
    if (!account.isActive) continue;
    const stoppedBy = await run(account.id, left, false);
    if (stoppedBy) return { repaired, repairedCovers, reasons, stoppedBy };
  }
  for (const id of all.filter(isLeft)) reasons.set(id, 'not listed by any account of this library');
  return { repaired, repairedCovers, reasons, stoppedBy: undefined };
}

/** Ids in one statement: well below the databases' limits on parameters. */
const IDS_PER_STATEMENT = 500;

/** The items of each account; items of unknown posts are left out. */
async function byAccount({ db }: App, ids: readonly MediaId[]): Promise<Map<string, MediaId[]>> {
  const found = new Map<string, MediaId[]>();
  for (const some of chunks(ids, IDS_PER_STATEMENT)) {
    const rows = await db.query
      .selectFrom('instagram_items as item')
      .innerJoin('instagram_posts as post', 'post.instagram_media_id', 'item.post_id')
      .select(['item.instagram_media_id as id', 'post.account_id'])
      .where('item.instagram_media_id', 'in', some)
      .execute();
    for (const { id, account_id: account } of rows) {
      if (account === null) continue;
      const own = found.get(account);
      if (own) own.push(id);
      else found.set(account, [id]);
    }
  }
  return found;
}
