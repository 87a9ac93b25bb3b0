import { StorylineError } from '../../errors.ts';

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  /** `broken`: commands fail until it is mended. `warning`: they work, and something is to be done. */
  readonly state: 'ok' | 'warning' | 'broken';
  readonly finding: string;
  /** What to do; absent where all is well. */
  readonly remedy: string | undefined;
}

export const ok = (name: string, finding: string): Check => ({ name, state: 'ok', finding, remedy: undefined });

export const warning = (name: string, finding: string, remedy: string): Check => ({
  name,
  state: 'warning',
  finding,
  remedy,
});

export const broken = (name: string, finding: string, remedy: string | undefined): Check => ({
  name,
  state: 'broken',
  finding,
  remedy,
});

/** The check that an expected error failed. @throws what is a bug. */
export function failed(name: string, error: unknown): Check {
  if (!(error instanceof StorylineError)) throw error;
  return broken(name, error.message, error.hint);
}
