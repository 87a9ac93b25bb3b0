import type { RunRecord } from '../backfill/report.ts';
import { plural } from '../lib/format.ts';
import { formatMoment, parseMoment } from '../media/moment.ts';
import type { RunKind } from '../runs/kinds.ts';
import type { Runs } from '../runs/runs.ts';
import type { RunView as RunViewOf } from '../runs/views.ts';
import type { InputParams, ProgressRecord } from './backfill/records.ts';

/** The kinds of runs, and what their rows hold. */
export type RunKinds = {
  readonly backfill: { readonly input: InputParams; readonly progress: ProgressRecord; readonly result: RunRecord };
};

/** A run as people ask about it; its `kind` says what its rows hold. */
export type RunView = RunViewOf<RunKinds>;
export type AppRuns = Runs<RunKinds>;

export const BACKFILL: RunKind<'backfill'> = {
  name: 'backfill',
  // As the Python program writes them. Its input does not know incremental runs, and ours does not carry a kind.
  service: 'InstagramBackfillService',
  method: 'backfill',
  isOurs: (input) => 'incremental' in input && 'account_id' in input,
  title: 'A backfill of this account',
  watchHint: 'Watch it with: storyline-cli backfill-status',
};

export const RUN_KINDS = { backfill: BACKFILL };

/** What to say of a running run besides its counts; nothing of another. */
export function liveNotes({ status, progress, isCancelled }: RunView): string[] {
  if (status !== 'running') return [];
  const expected = progress?.expected_files;
  const until = parseMoment(progress?.waiting_until ?? '');
  return [
    ...(isCancelled ? ['stopping'] : []),
    ...(until ? [`waits for Instagram's rate limit until ${formatMoment(until)}`] : []),
    ...(progress?.measuring ? ['measures a few files for the estimate'] : []),
    ...(expected ? [`expecting ${plural(expected, 'file')}`] : []),
  ];
}
