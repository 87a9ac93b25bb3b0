import type { LiveStatus } from '../backfill/ended.ts';
import { filesFound } from '../backfill/files-found.ts';
import { type Report, totalProcessed } from '../backfill/report.ts';
import { formatBytes, plural } from '../lib/format.ts';
import { formatMoment } from '../media/moment.ts';
import { bold, clip, lines, say, type Text } from './text.ts';

/** Error lines in a result, and the characters of each. */
const ERRORS_SHOWN = 3;
const ERROR_LENGTH = 80;
const BAR_WIDTH = 12;

interface ProgressDetails {
  readonly heading: Text;
  readonly limit: number | undefined;
  /** Since the run began. */
  readonly seconds: number;
}

/** The text of a running backfill. */
export function progressText(
  { report, waitingUntil, measuring }: LiveStatus,
  { heading, limit, seconds }: ProgressDetails,
): Text {
  const done = totalProcessed(report);
  const share = limit === undefined ? done / Math.max(1, report.totalApiItems) : report.downloaded / limit;
  const filled = Math.round(Math.min(1, share) * BAR_WIDTH);
  const failed = report.failed > 0 ? ` · ${report.failed} failed` : '';
  return lines(
    heading,
    '',
    `${'▰'.repeat(filled)}${'▱'.repeat(BAR_WIDTH - filled)}`,
    `${plural(report.pages, 'page')} · ${report.downloaded} ${report.dryRun ? 'to download' : 'new'} · ${report.skippedDuplicate} known${failed}`,
    report.dryRun ? undefined : `${formatBytes(report.bytes)} · ${formatBytes(report.bytes / Math.max(seconds, 1))}/s`,
    waitingUntil ? `Instagram's rate limit: waiting until ${formatMoment(waitingUntil)}` : undefined,
    measuring ? 'Measuring a few files for the estimate…' : undefined,
  );
}

interface Outcome {
  readonly heading: Text;
  readonly stoppedBy: Error | undefined;
  readonly hint: string | undefined;
}

/** The text of a run that has ended. */
export function resultText(report: Report, { heading, stoppedBy, hint }: Outcome): Text {
  const rows: readonly (readonly [string, number])[] = [
    [report.dryRun ? 'Would download' : 'Downloaded', report.downloaded],
    ['Skipped (duplicate)', report.skippedDuplicate],
    ['Skipped (unsupported)', report.skippedUnsupported],
    ['Failed', report.failed],
    ['Total API items', report.totalApiItems],
  ];
  const errors = report.errorDetails.slice(0, ERRORS_SHOWN).map((detail) => `• ${clip(detail, ERROR_LENGTH)}`);
  const { forecast } = report;
  return lines(
    heading,
    '',
    stoppedBy
      ? say`${bold('Stopped')}: ${clip(stoppedBy.message, 500)}`
      : say`${bold(report.dryRun ? 'Dry run done' : 'Done')}`,
    hint ? clip(hint, 500) : undefined,
    ...rows.map(([name, value]) => say`${name}: ${bold(value)}`),
    ...filesFound(report),
    forecast?.bytes
      ? `Estimate for the real run: ${plural(forecast.apiCalls, 'API call')}, about ${formatBytes(forecast.bytes.expected)}`
      : undefined,
    ...(errors.length > 0 ? ['', ...errors] : []),
    report.errorDetails.length > ERRORS_SHOWN ? `… and more: /backfill_status` : undefined,
  );
}
