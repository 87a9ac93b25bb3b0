import type { StorylineError } from '../errors.ts';
import type { RunEvent } from './events.ts';
import type { Findings, Report } from './report.ts';

/** The stages are done, and this is what they found out in the end. Always their last event, and there is exactly one. */
export interface Finished extends Findings {
  readonly type: 'finished';
  /** What stopped the run early. */
  readonly stoppedBy?: StorylineError;
}

/** How a run is doing. */
export interface LiveStatus {
  /** Of the events so far. */
  readonly report: Report;
  /** Set while the run waits for Instagram's rate limit to reset. */
  readonly waitingUntil: Date | undefined;
  readonly measuring: boolean;
}

/** The run is over. Always the last event, and there is exactly one. */
export interface Ended {
  readonly type: 'ended';
  readonly report: Report;
  /** What stopped the run early; undefined if it went to its end. */
  readonly stoppedBy?: StorylineError;
}

/** An event, and how the run is doing with it. */
export type LiveEvent = RunEvent & { readonly status: LiveStatus };

/** Everything a run reports. Terminal, chat, web page, the run's record and the exit code are views of these. */
export type BackfillEvent = LiveEvent | Ended;
