import type { BackfillEvent, Ended, Finished, LiveStatus } from './ended.ts';
import type { RunEvent } from './events.ts';
import { emptyReport, finishedReport, tally } from './report.ts';

/** How a run is doing before its first event. */
export const initialStatus = (dryRun: boolean): LiveStatus => ({
  report: emptyReport(dryRun),
  waitingUntil: undefined,
  measuring: false,
});

/** Counts a run's events: each goes on with the sum so far. Nothing else counts them. */
export async function* counted(
  events: AsyncIterable<RunEvent | Finished>,
  { dryRun }: { dryRun: boolean },
): AsyncGenerator<BackfillEvent> {
  let status = initialStatus(dryRun);
  for await (const event of events) {
    if (event.type === 'finished') yield endOf(status, event);
    else {
      status = next(status, event);
      yield { ...event, status };
    }
  }
}

function next({ report, waitingUntil }: LiveStatus, event: RunEvent): LiveStatus {
  return {
    report: tally(report, event),
    waitingUntil: event.type === 'waiting' ? event.until : event.type === 'resumed' ? undefined : waitingUntil,
    measuring: event.type === 'measuring',
  };
}

const endOf = ({ report }: LiveStatus, { stoppedBy, ...finished }: Finished): Ended => ({
  type: 'ended',
  report: finishedReport(report, finished),
  ...(stoppedBy ? { stoppedBy } : {}),
});
