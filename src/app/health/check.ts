import { StorylineError } from '../../errors.ts';

/** The result of one check. */
export interface Check {
  readonly name: string;
  /** `broken`: commands fail until it is fixed. `warning`: they work, but something should be done. */
  readonly state: 'ok' | 'warning' | 'broken';
  readonly finding: string;
  /** What to do; undefined if the check passed. */
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

/** A check that failed with an expected error. @throws any other error. */
export function failed(name: string, error: unknown): Check {
  if (!(error instanceof StorylineError)) throw error;
  return broken(name, error.message, error.hint);
}
