import { InterruptedError, RateLimitError, type StorylineError, UsageError } from '../errors.ts';

/** What the program's exit status says. Scripts depend on it. */
export const EXIT = {
  done: 0,
  stopped: 1,
  wrongUsage: 2,
  someFailed: 3,
  rateLimited: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The status for what stopped a command. */
export function exitCodeOf(error: StorylineError): ExitCode {
  if (error instanceof UsageError) return EXIT.wrongUsage;
  if (error instanceof RateLimitError) return EXIT.rateLimited;
  if (error instanceof InterruptedError) return EXIT.interrupted;
  return EXIT.stopped;
}
