import type { EarlierForecast } from '../app/backfill/earlier-forecast.ts';
import { type ForecastRecord, forecastRecord, type Report } from '../backfill/report.ts';
import { formatBytes, formatDuration, plural } from '../lib/format.ts';
import { formatMoment } from '../media/moment.ts';
import { renderTable } from './terminal.ts';

/** What the real run would take, after a dry one. */
export function forecastTable(forecast: NonNullable<Report['forecast']>): string {
  const record = forecastRecord(forecast);
  return renderTable(
    ['The real run would take', ''],
    [
      ['API calls', record.api_calls.toLocaleString('en')],
      ['Files', record.files.toLocaleString('en')],
      ...(record.files === 0 ? [] : [['Download', download(record)]]),
      ...(record.seconds === null || record.files === 0
        ? []
        : [['Time', `about ${formatDuration(record.seconds)}, at the speed of the sample`]]),
      ...(record.files === 0 ? [] : [['Disk', disk(record)]]),
      ["Instagram's budget of calls", budget(record)],
    ],
  );
}

function download({ bytes, bytes_least, bytes_most, sampled }: ForecastRecord): string {
  if (bytes === null || bytes_least === null || bytes_most === null) {
    return 'not known: the sizes of the sample could not be had';
  }
  return `${size(bytes, bytes_least, bytes_most)}, by a sample of ${sampled}`;
}

const size = (bytes: number, least: number, most: number): string =>
  least === most ? formatBytes(bytes) : `about ${formatBytes(bytes)} (${formatBytes(least)} to ${formatBytes(most)})`;

function disk({ disk_bytes, free_bytes }: ForecastRecord): string {
  const free = free_bytes === null ? 'what is free is not known' : `${formatBytes(free_bytes)} free`;
  if (disk_bytes === null) return free;
  const verdict = free_bytes === null ? '' : disk_bytes < free_bytes ? ': fine' : ': NOT ENOUGH, free some space first';
  return `${formatBytes(disk_bytes)} needed, ${free}${verdict}`;
}

/** Instagram says how long a pause is only when it begins; an hour is what its shorter window takes. */
function budget({ budget }: ForecastRecord): string {
  if (!budget) return 'Instagram reports no use of it yet: fine';
  const { used_now, used_then, pauses } = budget;
  if (used_then === null) return `${used_now} % used now; what a call takes of it is not known yet`;
  const verdict =
    pauses === 0 ? 'fine' : `${plural(pauses, 'pause')} of up to an hour (with --wait; else the run stops there)`;
  return `${used_now} % used now, ${used_then} % after the run: ${verdict}`;
}

/** What a run took, beside what a dry run had said. */
export function comparisonTable({ madeAt, forecast }: EarlierForecast, report: Report, seconds: number): string {
  const { bytes, bytes_least, bytes_most } = forecast;
  return `${renderTable(
    ['', 'Forecast', 'Came'],
    [
      ['API calls', forecast.api_calls.toLocaleString('en'), report.apiCalls.toLocaleString('en')],
      ['Files', forecast.files.toLocaleString('en'), report.downloaded.toLocaleString('en')],
      [
        'Download',
        bytes === null || bytes_least === null || bytes_most === null ? '-' : size(bytes, bytes_least, bytes_most),
        formatBytes(report.bytes),
      ],
      ['Time', forecast.seconds === null ? '-' : formatDuration(forecast.seconds), formatDuration(seconds)],
    ],
  )}\nThe forecast is of the dry run of ${formatMoment(madeAt)}.`;
}
