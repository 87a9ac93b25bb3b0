import type { App } from './app.ts';
import type { BackfillEvent } from './backfill/events.ts';
import type { StorylineError } from './errors.ts';
import type { MediaId } from './media/item.ts';
import { startBackfill } from './start-backfill.ts';

/** What came of asking Instagram for damaged files again. */
export interface Refetched {
  readonly repaired: ReadonlySet<MediaId>;
  /** Why an item could not be had again; what is there of it was left alone. */
  readonly reasons: ReadonlyMap<MediaId, string>;
  readonly stoppedBy: StorylineError | undefined;
}

/**
 * Has the files of these items downloaded again, account by account, each recorded as a run. Items whose post no run has
 * seen yet are looked for in the whole feed. A file is replaced only by a whole one.
 *
 * @throws what {@link startBackfill} throws.
 */
export async function refetch(
  app: App,
  damaged: readonly MediaId[],
  { signal, follow }: { signal: AbortSignal; follow: (event: BackfillEvent) => void },
): Promise<Refetched> {
  const repaired = new Set<MediaId>();
  const reasons = new Map<MediaId, string>();

  const run = async (account: string, ids: readonly MediaId[], retryFailed: boolean) => {
    const request = {
      account,
      damaged: new Set(ids),
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
        if (event.type === 'kept') repaired.add(event.item.id);
        if (event.type === 'failed') reasons.set(event.item.id, event.error.message);
        if (event.type === 'ended') stoppedBy = event.stoppedBy;
      }
    } finally {
      await dispose();
    }
    return stoppedBy;
  };

  const known = await byAccount(app, damaged);
  for (const [account, ids] of known) {
    const stoppedBy = await run(account, ids, true);
    if (stoppedBy) return { repaired, reasons, stoppedBy };
  }
  const ofKnownPosts = new Set([...known.values()].flat());
  const isLeft = (id: MediaId) => !ofKnownPosts.has(id) && !repaired.has(id) && !reasons.has(id);
  for (const account of await app.accounts.list()) {
    const left = damaged.filter(isLeft);
    if (left.length === 0) break;
    if (!account.isActive) continue;
    const stoppedBy = await run(account.id, left, false);
    if (stoppedBy) return { repaired, reasons, stoppedBy };
  }
  for (const id of damaged.filter(isLeft)) reasons.set(id, 'no account of this library lists it');
  return { repaired, reasons, stoppedBy: undefined };
}

/** Ids in one statement: well below the databases' limits on parameters. */
const IDS_AT_ONCE = 500;

/** Which of the items belong to which account; those of no known post are left out. */
async function byAccount({ db }: App, ids: readonly MediaId[]): Promise<Map<string, MediaId[]>> {
  const found = new Map<string, MediaId[]>();
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const rows = await db.query
      .selectFrom('instagram_items as item')
      .innerJoin('instagram_posts as post', 'post.instagram_media_id', 'item.post_id')
      .select(['item.instagram_media_id as id', 'post.account_id'])
      .where('item.instagram_media_id', 'in', ids.slice(from, from + IDS_AT_ONCE))
      .execute();
    for (const { id, account_id: account } of rows) {
      if (account !== null) found.set(account, [...(found.get(account) ?? []), id]);
    }
  }
  return found;
}
