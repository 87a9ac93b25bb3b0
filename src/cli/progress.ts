import type { BackfillEvent, Ended } from '../backfill/ended.ts';
import { type Report, totalProcessed } from '../backfill/report.ts';
import { formatBytes, plural } from '../lib/format.ts';
import { formatMoment } from '../media/moment.ts';
import type { Terminal } from './terminal.ts';

/** Milliseconds between updates of the line. */
const INTERVAL = 100;
const BAR_WIDTH = 16;

/** Runs a run to its end and shows its progress: one line that changes on a terminal, a line per page in a file. */
export async function showProgress(
  events: AsyncIterable<BackfillEvent>,
  terminal: Terminal | undefined,
  limit: number | undefined,
): Promise<Ended> {
  const began = performance.now();
  let shownAt = 0;
  let countdown: ReturnType<typeof countDown> | undefined;
  for await (const event of events) {
    if (event.type === 'ended') {
      countdown?.stop();
      terminal?.clearStatus();
      return event;
    }
    if (!terminal) continue;
    const { report } = event.status;
    if (event.type === 'waiting') countdown = countDown(event.until, terminal);
    if (event.type === 'resumed') {
      countdown?.stop();
      countdown = undefined;
    }
    if (event.type === 'measuring') {
      const text = `measuring ${plural(event.files, 'file')} for the estimate …`;
      if (terminal.isLive) terminal.status(text);
      else terminal.note(text);
      continue;
    }
    // Downloads in progress still finish while the run waits.
    if (countdown) continue;
    const at = performance.now();
    if (terminal.isLive) {
      if (at - shownAt < INTERVAL) continue;
      shownAt = at;
      terminal.status(line(report, (at - began) / 1000, limit));
    } else if (event.type === 'read') terminal.note(pageLine(report));
  }
  throw new Error('A run ended without an `ended` event');
}

function line(report: Report, seconds: number, limit: number | undefined): string {
  const done = totalProcessed(report);
  const items = report.totalApiItems;
  const share = limit === undefined ? done / Math.max(items, 1) : report.downloaded / limit;
  const filled = Math.round(Math.min(1, share) * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  const speed = `${formatBytes(report.bytes / Math.max(seconds, 0.001))}/s`;
  const failed = report.failed > 0 ? ` · ${report.failed} failed` : '';
  return `${bar} ${plural(report.pages, 'page')} · ${report.downloaded} new · ${report.skippedDuplicate} known${failed} · ${formatBytes(report.bytes)} · ${speed} · ${quota(report)}`;
}

function pageLine(report: Report): string {
  return `page ${report.pages}: ${plural(report.totalApiItems, 'item')} seen, ${report.downloaded} new, ${report.skippedDuplicate} known, ${report.failed} failed, ${formatBytes(report.bytes)}, ${quota(report)}`;
}

/** Instagram reports its quota as a percentage, and only after some of it is used. */
function quota({ apiCalls, usagePercent }: Report): string {
  const calls = plural(apiCalls, 'API call');
  if (usagePercent === undefined) return calls;
  const left = usagePercent > 0 ? ` (about ${Math.floor((apiCalls * (100 - usagePercent)) / usagePercent)} calls)` : '';
  return `${calls}, ${100 - usagePercent} % of the API quota left${left}`;
}

/** Shows until when a run waits: once in a file, with the time left on a terminal. */
function countDown(until: Date, terminal: Terminal): { stop(): void } {
  const text = `Instagram's rate limit: waiting until ${formatMoment(until)}`;
  if (!terminal.isLive) {
    terminal.note(text);
    return { stop: () => undefined };
  }
  const show = () => {
    const seconds = Math.max(0, Math.ceil((until.getTime() - Date.now()) / 1000));
    terminal.status(`${text}, ${Math.floor(seconds / 60)} min ${seconds % 60} s left (Ctrl-C stops)`);
  };
  show();
  const timer = setInterval(show, 1000);
  return { stop: () => clearInterval(timer) };
}
