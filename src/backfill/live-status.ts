import type { BackfillEvent } from './events.ts';
import { emptyReport, type Report, tally } from './report.ts';

/** How a run stands while it goes on. */
export interface Standing {
  readonly report: Report;
  /** Set while it waits for Instagram's rate limit to end. */
  readonly waitingUntil: Date | undefined;
  readonly measuring: boolean;
}

export const atFirst = (dryRun: boolean): Standing => ({
  report: emptyReport(dryRun),
  waitingUntil: undefined,
  measuring: false,
});

export function follow({ report, waitingUntil }: Standing, event: BackfillEvent): Standing {
  return {
    report: tally(report, event),
    waitingUntil: event.type === 'waiting' ? event.until : event.type === 'resumed' ? undefined : waitingUntil,
    measuring: event.type === 'measuring',
  };
}
