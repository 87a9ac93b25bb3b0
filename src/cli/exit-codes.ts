import { InterruptedError, RateLimitError, type StorylineError, UsageError } from '../errors.ts';

/** Exit statuses. Scripts depend on them. */
export const EXIT = {
  done: 0,
  stopped: 1,
  wrongUsage: 2,
  someFailed: 3,
  rateLimited: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The status of a command that an error stopped. */
export function exitCodeOf(error: StorylineError): ExitCode {
  if (error instanceof UsageError) return EXIT.wrongUsage;
  if (error instanceof RateLimitError) return EXIT.rateLimited;
  if (error instanceof InterruptedError) return EXIT.interrupted;
  return EXIT.stopped;
}
