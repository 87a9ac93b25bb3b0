import { UnreadableEndError } from '../errors.ts';
import { isPosterOnly, type PostSource } from '../media/item.ts';
import { beyondReach, type Completeness } from './completeness.ts';
import type { Read, RunEvent, Skipped } from './events.ts';
import type { Forecast } from './forecast.ts';
import type { ApiUsage, BrokenListing } from './ports.ts';

/** How many error details a run's record keeps. */
export const ERROR_DETAILS = 20;

/** The sum of a run's events so far. */
export interface Report {
  readonly dryRun: boolean;
  /** Items newly downloaded; in a dry run those that would be. */
  readonly downloaded: number;
  readonly skippedDuplicate: number;
  readonly skippedUnsupported: number;
  readonly failed: number;
  /** Posts and children seen within the requested time. */
  readonly totalApiItems: number;
  /** Of the duplicates: files that were in place without a row, and got one. */
  readonly adopted: number;
  /** Items that were seen but posted outside the requested time. */
  readonly outside: number;
  /** Of the downloaded: videos of which Instagram only provides a still. */
  readonly posters: number;
  /** Of the downloaded: files that arrived complete, twice the same, but do not end as files of their type do. */
  readonly unusual: number;
  /** Items that were in the library already and whose files were checked on disk. */
  readonly filesChecked: number;
  /** Of those: files that were missing, or empty. */
  readonly missingOnDisk: number;
  /** Of the missing: files that are there again, downloaded or found in their place. */
  readonly restored: number;
  /** Of those checked: files whose size has changed. They are left as they are. */
  readonly changedOnDisk: number;
  /** Of those checked: files that could not be read; they count as failed too. */
  readonly unreadableOnDisk: number;
  /** Covers of videos that were downloaded again; in a dry run those that would be. */
  readonly covers: number;
  /** Bytes of the downloaded files. */
  readonly bytes: number;
  readonly apiCalls: number;
  readonly pages: number;
  /** How much of the feed is in the library; set after a walk through all of it. */
  readonly completeness: Completeness | undefined;
  /** What the real run would take; set after a dry run that was not stopped. */
  readonly forecast: Forecast | undefined;
  /** The highest percentage of its quota that Instagram last reported. */
  readonly usagePercent: number | undefined;
  readonly errorDetails: readonly string[];
  /** Listings that could not be read, or not to their end. */
  readonly unlisted: readonly BrokenListing[];
  /** Fields that Instagram refused to provide, by its own names; what was known of them stays. */
  readonly fieldsNotAvailable: readonly string[];
  /** Fields that could not be read, and of how many posts; what was known of them stays. */
  readonly factsUnread: Readonly<Record<string, number>>;
}

export const emptyReport = (dryRun: boolean): Report => ({
  dryRun,
  downloaded: 0,
  skippedDuplicate: 0,
  skippedUnsupported: 0,
  failed: 0,
  totalApiItems: 0,
  adopted: 0,
  outside: 0,
  posters: 0,
  unusual: 0,
  filesChecked: 0,
  missingOnDisk: 0,
  restored: 0,
  changedOnDisk: 0,
  unreadableOnDisk: 0,
  covers: 0,
  bytes: 0,
  apiCalls: 0,
  pages: 0,
  completeness: undefined,
  forecast: undefined,
  usagePercent: undefined,
  errorDetails: [],
  unlisted: [],
  fieldsNotAvailable: [],
  factsUnread: {},
});

/** Items that were decided on: everything except those outside the requested time. */
export const totalProcessed = (report: Report): number =>
  report.downloaded + report.skippedDuplicate + report.skippedUnsupported + report.failed;

/** Adds an event to a report. */
export function tally(report: Report, event: RunEvent): Report {
  return tallyFiles(tallyItems(report, event), event);
}

/** Counts the state on disk of items that were in the library already. */
function tallyFiles(report: Report, event: RunEvent): Report {
  if (!('onDisk' in event) || event.onDisk === undefined) return tallyCover(report, event);
  const { type, onDisk } = event;
  // An item that shares a missing file with another is counted with that one.
  const isCounted = type !== 'skipped' || event.reason === 'adopted';
  const isMissing = onDisk === 'missing' && isCounted;
  const isRestored = isMissing && (type === 'kept' || type === 'skipped');
  return tallyCover(
    {
      ...report,
      filesChecked: report.filesChecked + 1,
      missingOnDisk: report.missingOnDisk + (isMissing ? 1 : 0),
      restored: report.restored + (isRestored ? 1 : 0),
      changedOnDisk: report.changedOnDisk + (onDisk === 'changed' ? 1 : 0),
      unreadableOnDisk: report.unreadableOnDisk + (onDisk === 'unreadable' ? 1 : 0),
    },
    event,
  );
}

function tallyCover(report: Report, event: RunEvent): Report {
  const isCover = event.type === 'skipped' && event.cover === (report.dryRun ? 'missing' : 'kept');
  return isCover ? { ...report, covers: report.covers + 1 } : report;
}

function tallyItems(report: Report, event: RunEvent): Report {
  switch (event.type) {
    case 'read': {
      const { page, asked } = event;
      const seen = asked.reduce((sum, post) => sum + 1 + post.items.filter(({ id }) => id !== post.id).length, 0);
      return {
        ...report,
        totalApiItems: report.totalApiItems + seen,
        pages: report.pages + 1,
        ...factsOf(report, event),
        ...(page.usage ? usageOf(report, page.usage) : {}),
      };
    }
    case 'unlisted': {
      const { listing, error } = event;
      return {
        ...report,
        unlisted: [...report.unlisted, { listing, error }],
        errorDetails: [unlistedText(event), ...report.errorDetails].slice(0, ERROR_DETAILS),
      };
    }
    case 'chosen':
      return { ...report, downloaded: report.downloaded + 1 };
    case 'kept':
      return {
        ...report,
        downloaded: report.downloaded + 1,
        bytes: report.bytes + event.file.size,
        posters: report.posters + (isPosterOnly(event.item) ? 1 : 0),
        unusual: report.unusual + (event.file.isUnusual ? 1 : 0),
      };
    case 'skipped':
      return countSkipped(report, event.reason);
    case 'failed':
      return {
        ...report,
        failed: report.failed + 1,
        errorDetails: [...report.errorDetails, event.error.message].slice(0, ERROR_DETAILS),
      };
    case 'waiting':
    case 'resumed':
    case 'measuring':
      return report;
    default:
      return event satisfies never;
  }
}

const LISTINGS: Readonly<Record<PostSource, string>> = {
  feed: 'The feed',
  stories: 'Stories',
  collaborations: 'Collaborations',
};

/** `Stories could not be listed: …`. */
export const unlistedText = ({ listing, error }: BrokenListing): string =>
  error instanceof UnreadableEndError ? error.message : `${LISTINGS[listing]} could not be listed: ${error.message}`;

function factsOf({ fieldsNotAvailable, factsUnread }: Report, { page, wanted }: Read) {
  const lacking = page.notAvailable?.filter((name) => !fieldsNotAvailable.includes(name)) ?? [];
  const unread = wanted.flatMap((post) => post.unread ?? []);
  if (lacking.length === 0 && unread.length === 0) return {};
  const counts = { ...factsUnread };
  for (const name of unread) counts[name] = (counts[name] ?? 0) + 1;
  return { fieldsNotAvailable: [...fieldsNotAvailable, ...lacking], factsUnread: counts };
}

/** Which fields of posts are missing, in a line each; what was known before stays as it is. */
export function factsText({ fieldsNotAvailable, factsUnread }: Report): string[] {
  const unread = Object.entries(factsUnread).map(([name, posts]) => `${name} (${posts})`);
  return [
    ...(fieldsNotAvailable.length > 0
      ? [`Not provided by Instagram, and left as known: ${fieldsNotAvailable.join(', ')}`]
      : []),
    ...(unread.length > 0 ? [`Could not be read, and left as known: ${unread.join(', ')}`] : []),
  ];
}

const usageOf = (report: Report, { calls, percent }: Pick<ApiUsage, 'calls' | 'percent'>) => ({
  apiCalls: calls,
  usagePercent: percent ?? report.usagePercent,
});

/** What a run finds out in the end. */
export interface Findings {
  /** Set after a walk through the whole feed. */
  readonly completeness?: Completeness;
  /** Set after a dry run that was not stopped. */
  readonly forecast?: Forecast;
  /** Undefined for a source that meters nothing. */
  readonly usage?: ApiUsage;
}

/** With what a run found out in the end, and the calls that it made since its last page. */
export const finishedReport = (report: Report, { completeness, forecast, usage }: Findings): Report => ({
  ...report,
  completeness,
  forecast,
  ...(usage ? usageOf(report, usage) : {}),
});

function countSkipped(report: Report, reason: Skipped['reason']): Report {
  switch (reason) {
    case 'duplicate':
      return { ...report, skippedDuplicate: report.skippedDuplicate + 1 };
    case 'adopted':
      return { ...report, skippedDuplicate: report.skippedDuplicate + 1, adopted: report.adopted + 1 };
    case 'unsupported':
      return { ...report, skippedUnsupported: report.skippedUnsupported + 1 };
    case 'outside':
      return { ...report, outside: report.outside + 1 };
    default:
      return reason satisfies never;
  }
}

/** What a dry run's row keeps of its forecast. */
export interface ForecastRecord {
  readonly api_calls: number;
  readonly files: number;
  readonly bytes: number | null;
  /** The real number is between these two about 19 times out of 20. */
  readonly bytes_least: number | null;
  readonly bytes_most: number | null;
  readonly disk_bytes: number | null;
  readonly free_bytes: number | null;
  readonly seconds: number | null;
  readonly sampled: number;
  readonly budget: { readonly used_now: number; readonly used_then: number | null; readonly pauses: number } | null;
}

/** The report as a run's row keeps it; `error_details` is left out if there are none. */
export interface RunRecord {
  readonly downloaded: number;
  readonly skipped_duplicate: number;
  readonly skipped_unsupported: number;
  readonly failed: number;
  readonly total_api_items: number;
  readonly dry_run: boolean;
  readonly adopted: number;
  readonly outside: number;
  readonly posters: number;
  /** Files of unusual structure; left out if there are none. */
  readonly unusual?: number;
  /** Files of known items that were checked on disk. */
  readonly files_checked: number;
  readonly missing_on_disk: number;
  /** Of the missing: files that are there again. */
  readonly restored: number;
  readonly changed_on_disk: number;
  readonly unreadable_on_disk: number;
  /** Covers that were downloaded again. */
  readonly covers: number;
  readonly bytes: number;
  readonly api_calls: number;
  readonly seconds: number;
  readonly posts?: {
    readonly reported: number | null;
    readonly listed: number;
    readonly whole: number;
    readonly partial: number;
    readonly missing: number;
    readonly beyond_reach: number;
    readonly unlisted?: number;
    readonly lacking: Completeness['lacking'];
  };
  readonly forecast?: ForecastRecord;
  readonly stopped_by?: string;
  readonly error_details?: readonly string[];
  readonly listings_failed?: readonly {
    readonly listing: PostSource;
    readonly type: string;
    readonly message: string;
  }[];
  readonly fields_not_available?: readonly string[];
  readonly facts_unreadable?: Readonly<Record<string, number>>;
}

function postsRecord(completeness: Completeness) {
  const { reported, listed, whole, partial, missing, lacking, unlisted } = completeness;
  return {
    reported: reported ?? null,
    listed,
    whole,
    partial,
    missing,
    beyond_reach: beyondReach(completeness),
    ...(unlisted === undefined ? {} : { unlisted }),
    lacking,
  };
}

/** A forecast as a run's row and `--json` show it. */
export function forecastRecord({ bytes, budget, ...forecast }: Forecast): ForecastRecord {
  const whole = (value: number | undefined) => (value === undefined ? null : Math.round(value));
  return {
    api_calls: forecast.apiCalls,
    files: forecast.files,
    bytes: whole(bytes?.expected),
    bytes_least: whole(bytes?.least),
    bytes_most: whole(bytes?.most),
    disk_bytes: whole(forecast.diskBytes),
    free_bytes: forecast.freeBytes ?? null,
    seconds: forecast.seconds === undefined ? null : Math.round(forecast.seconds * 10) / 10,
    sampled: forecast.sampled,
    budget: budget ? { used_now: budget.usedNow, used_then: budget.usedThen ?? null, pauses: budget.pauses } : null,
  };
}

/** How complete the feed was, according to a run's record. */
export function completenessOf({ posts }: Partial<RunRecord>): Completeness | undefined {
  if (!posts) return undefined;
  const { beyond_reach: _, reported, ...rest } = posts;
  return { ...rest, reported: reported ?? undefined };
}

const listingRecord = (broken: BrokenListing) => ({
  listing: broken.listing,
  type: broken.error.name,
  message: unlistedText(broken),
});

/** The report as the run's row and `--json` show it. */
export function toRecord(report: Report, run: { seconds: number; stoppedBy?: string | undefined }): RunRecord {
  return {
    downloaded: report.downloaded,
    skipped_duplicate: report.skippedDuplicate,
    skipped_unsupported: report.skippedUnsupported,
    failed: report.failed,
    total_api_items: report.totalApiItems,
    dry_run: report.dryRun,
    adopted: report.adopted,
    outside: report.outside,
    posters: report.posters,
    ...(report.unusual === 0 ? {} : { unusual: report.unusual }),
    files_checked: report.filesChecked,
    missing_on_disk: report.missingOnDisk,
    restored: report.restored,
    changed_on_disk: report.changedOnDisk,
    unreadable_on_disk: report.unreadableOnDisk,
    covers: report.covers,
    bytes: report.bytes,
    api_calls: report.apiCalls,
    seconds: run.seconds,
    ...(report.completeness === undefined ? {} : { posts: postsRecord(report.completeness) }),
    ...(report.forecast === undefined ? {} : { forecast: forecastRecord(report.forecast) }),
    ...(run.stoppedBy === undefined ? {} : { stopped_by: run.stoppedBy }),
    ...(report.errorDetails.length === 0 ? {} : { error_details: report.errorDetails }),
    ...(report.unlisted.length === 0 ? {} : { listings_failed: report.unlisted.map(listingRecord) }),
    ...(report.fieldsNotAvailable.length === 0 ? {} : { fields_not_available: report.fieldsNotAvailable }),
    ...(Object.keys(report.factsUnread).length === 0 ? {} : { facts_unreadable: report.factsUnread }),
  };
}
