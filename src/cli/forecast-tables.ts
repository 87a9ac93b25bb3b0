import type { EarlierForecast } from '../app/backfill/earlier-forecast.ts';
import { type ForecastRecord, forecastRecord, type Report } from '../backfill/report.ts';
import { formatBytes, formatDuration, plural } from '../lib/format.ts';
import { formatMoment } from '../media/moment.ts';
import { renderTable } from './terminal.ts';

/** A dry run's estimate of the real run. */
export function forecastTable(forecast: NonNullable<Report['forecast']>): string {
  const record = forecastRecord(forecast);
  return renderTable(
    ['Estimate for the real run', ''],
    [
      ['API calls', record.api_calls.toLocaleString('en')],
      ['Files', record.files.toLocaleString('en')],
      ...(record.files === 0 ? [] : [['Download', download(record)]]),
      ...(record.seconds === null || record.files === 0
        ? []
        : [['Time', `about ${formatDuration(record.seconds)}, at the speed measured just now`]]),
      ...(record.files === 0 ? [] : [['Disk', disk(record)]]),
      ['API quota', quota(record)],
    ],
  );
}

function download({ bytes, bytes_least, bytes_most, sampled }: ForecastRecord): string {
  if (bytes === null || bytes_least === null || bytes_most === null) {
    return 'unknown: the sizes of sample files could not be measured';
  }
  const basis = `estimated from ${plural(sampled, 'file')}`;
  if (bytes_least === bytes_most) return `${formatBytes(bytes)}, ${basis}`;
  return `about ${formatBytes(bytes)} (${formatBytes(bytes_least)} to ${formatBytes(bytes_most)}, ${basis})`;
}

function disk({ disk_bytes, free_bytes }: ForecastRecord): string {
  const free = free_bytes === null ? 'free space unknown' : `${formatBytes(free_bytes)} free`;
  if (disk_bytes === null) return free;
  const verdict = free_bytes === null ? '' : disk_bytes < free_bytes ? ': ok' : ': NOT ENOUGH, free some space first';
  return `${formatBytes(disk_bytes)} needed, ${free}${verdict}`;
}

/** Instagram tells the length of a pause only when it begins: its shorter window is an hour. */
function quota({ budget }: ForecastRecord): string {
  if (!budget) return 'Instagram reports no use yet: ok';
  const { used_now, used_then, pauses } = budget;
  if (used_then === null) return `${used_now} % used now; cost per call not known yet`;
  const verdict =
    pauses === 0 ? 'ok' : `${plural(pauses, 'pause')} of up to an hour (with --wait; otherwise the run stops there)`;
  return `${used_now} % used now, ${used_then} % after the run: ${verdict}`;
}

/** What a run took, next to the estimate of an earlier dry run. */
export function comparisonTable({ madeAt, forecast }: EarlierForecast, report: Report, seconds: number): string {
  const { bytes, bytes_least, bytes_most } = forecast;
  const estimate =
    bytes === null || bytes_least === null || bytes_most === null
      ? '-'
      : bytes_least === bytes_most
        ? formatBytes(bytes)
        : `about ${formatBytes(bytes)} (${formatBytes(bytes_least)} to ${formatBytes(bytes_most)})`;
  return `${renderTable(
    ['', 'Estimate', 'Actual'],
    [
      ['API calls', forecast.api_calls.toLocaleString('en'), report.apiCalls.toLocaleString('en')],
      ['Files', forecast.files.toLocaleString('en'), report.downloaded.toLocaleString('en')],
      ['Download', estimate, formatBytes(report.bytes)],
      ['Time', forecast.seconds === null ? '-' : formatDuration(forecast.seconds), formatDuration(seconds)],
    ],
  )}\nThe estimate is from the dry run of ${formatMoment(madeAt)}.`;
}
