import type { LiveStatus } from '../../backfill/ended.ts';
import type { StartRequest } from './request.ts';

/** What was asked for, as a run's row keeps it. */
export interface InputParams {
  readonly limit: number | null;
  readonly media_type: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly dry_run: boolean;
  readonly account_id: string;
  readonly incremental: boolean;
  readonly collaborations?: boolean;
  readonly retry_failed?: boolean;
  /** How many damaged items are downloaded again. */
  readonly repair?: number;
}

export const inputParams = (request: StartRequest, accountId: string): InputParams => ({
  limit: request.limit ?? null,
  media_type: request.mediaType,
  since: request.since?.toISOString() ?? null,
  until: request.until?.toISOString() ?? null,
  dry_run: request.dryRun,
  account_id: accountId,
  incremental: request.incremental,
  ...(request.collaborations ? { collaborations: true } : {}),
  ...(request.retryFailed ? { retry_failed: true } : {}),
  ...(request.damaged ? { repair: request.damaged.size + (request.covers?.size ?? 0) } : {}),
});

/** How far a run is, as its lock's row keeps it. */
export interface ProgressRecord {
  readonly downloaded: number;
  readonly skipped_duplicate: number;
  readonly skipped_unsupported: number;
  readonly failed: number;
  readonly total_api_items: number;
  readonly posters: number;
  readonly bytes: number;
  readonly api_calls: number;
  readonly pages: number;
  readonly usage_percent: number | null;
  /** Set while it waits for Instagram's rate limit to reset. */
  readonly waiting_until: string | null;
  readonly measuring: boolean;
  /** How many files an earlier dry run estimated. */
  readonly expected_files: number | null;
  /** From its beginning to this moment. */
  readonly seconds: number;
}

export const progressRecord = (
  { report, waitingUntil, measuring }: LiveStatus,
  { expectedFiles, seconds }: { expectedFiles: number | undefined; seconds: number },
): ProgressRecord => ({
  downloaded: report.downloaded,
  skipped_duplicate: report.skippedDuplicate,
  skipped_unsupported: report.skippedUnsupported,
  failed: report.failed,
  total_api_items: report.totalApiItems,
  posters: report.posters,
  bytes: report.bytes,
  api_calls: report.apiCalls,
  pages: report.pages,
  usage_percent: report.usagePercent ?? null,
  waiting_until: waitingUntil?.toISOString() ?? null,
  measuring,
  expected_files: expectedFiles ?? null,
  seconds,
});
