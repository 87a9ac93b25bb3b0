import { backfillOverview } from '../catalogue/media-items.ts';
import type { Failures } from '../contract/runs.ts';
import type { Database } from '../db/open.ts';

/** The latest items that could not be downloaded, and the number of all. */
export async function listFailures(db: Database, limit: number): Promise<Failures> {
  const { failed, failedItems } = await backfillOverview(db, limit);
  return {
    total: failed,
    failures: failedItems.map(({ instagramMediaId, postId, mediaType, reason, times, failedAt }) => ({
      id: instagramMediaId,
      postId,
      mediaType,
      reason,
      times,
      at: failedAt.toISOString(),
    })),
  };
}
