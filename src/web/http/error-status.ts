import {
  BackfillError,
  DatabaseError,
  InstagramApiError,
  InterruptedError,
  RateLimitError,
  RunInProgressError,
  StorageError,
  type StorylineError,
  TokenExpiredError,
  UsageError,
} from '../../errors.ts';

/** The status for each type of expected error; the first match counts. */
const STATUS_OF = [
  [UsageError, 400],
  [RunInProgressError, 409],
  [TokenExpiredError, 409],
  [RateLimitError, 429],
  [InstagramApiError, 502],
  [BackfillError, 502],
  [DatabaseError, 503],
  [StorageError, 503],
  [InterruptedError, 503],
] as const;

export const errorStatus = (error: StorylineError) => STATUS_OF.find(([type]) => error instanceof type)?.[1] ?? 500;
