import { maskSecrets } from './lib/mask-secrets.ts';
import { shortLine } from './lib/one-line.ts';

/**
 * The program's error types, sorted by what happens next:
 *
 * - {@link BackfillError} and those under it cost one item; the run goes on.
 * - every other {@link StorylineError} stops the run.
 * - {@link UsageError} is met before a run starts: wrong flags, settings, accounts.
 *
 * A message and its hint are one line each, of limited length, without control characters, and never contain a token, an
 * app secret or a signed URL, even where a server's own words did.
 */
interface ErrorDetails {
  /** What the user can do about it, as a sentence. */
  hint?: string;
  cause?: unknown;
}

/** Characters of a message or hint. */
const LONGEST = 1200;

/** Words that may come from outside, as a message can carry them. */
const safe = (text: string, most = LONGEST): string => shortLine(maskSecrets(text.slice(0, 10 * LONGEST)), most);

/** Any error that is expected: shown to the user as one line and its hint, without a stack trace. */
export class StorylineError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(safe(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint === undefined ? undefined : safe(details.hint);
  }
}

/** Wrong usage or configuration: exit status 2, nothing was written. */
export class UsageError extends StorylineError {}

/** The key that a stored token was encrypted with is not there any more. */
export class LostKeyError extends UsageError {}

/** The database cannot be used: unreachable, of a version that is not ours, or lost in mid-run. */
export class DatabaseError extends StorylineError {}

/** The database works, and refuses a value or a row: trying again does not help. */
export class RefusedByDatabaseError extends DatabaseError {}

/** The library's folder cannot take any more files: disk full, folder gone, no permission. */
export class StorageError extends StorylineError {}

/** Another run of the same account is under way. */
export class RunInProgressError extends StorylineError {}

/** The user, or the system, asked the run to stop. */
export class InterruptedError extends StorylineError {
  constructor(message = 'Interrupted', details: ErrorDetails = {}) {
    super(message, {
      hint: 'It is safe to run the same command again: it goes on where this run stopped.',
      ...details,
    });
  }
}

interface ApiErrorDetails extends ErrorDetails {
  code?: number | undefined;
  subcode?: number | undefined;
  status?: number | undefined;
  traceId?: string | undefined;
  isTransient?: boolean;
}

/** Instagram's API refused, or answered something that cannot be used. */
export class InstagramApiError extends StorylineError {
  readonly code: number | undefined;
  readonly subcode: number | undefined;
  /** The HTTP status of the answer; absent where there was none. */
  readonly status: number | undefined;
  /** Meta's `fbtrace_id`, for a report to their support. */
  readonly traceId: string | undefined;
  /** True where the same call may well succeed a little later. */
  readonly isTransient: boolean;

  constructor(message: string, details: ApiErrorDetails = {}) {
    super(message, details);
    this.code = details.code;
    this.subcode = details.subcode;
    this.status = details.status;
    this.traceId = details.traceId === undefined ? undefined : safe(details.traceId, 100);
    this.isTransient = details.isTransient ?? false;
  }
}

/** Instagram finds the page too much to put together: a smaller one is to be asked for. */
export class TooMuchDataError extends InstagramApiError {}

/** A listing may go on, and Instagram does not say where: what was listed is good, the rest is not known. */
export class UnreadableEndError extends InstagramApiError {}

/** Instagram lets this account or app in again only at {@link until}. */
export class RateLimitError extends InstagramApiError {
  /** When calls are accepted again; an estimate where Instagram did not say. */
  readonly until: Date;

  constructor(message: string, details: ApiErrorDetails & { until: Date }) {
    super(message, details);
    this.until = details.until;
  }
}

/** A write to Instagram failed in a way that leaves open whether it took effect. Must not be repeated without checking. */
export class UnknownOutcomeError extends InstagramApiError {}

/** The token is expired, revoked or was never good (Meta's code 190 and its kin). */
export class TokenExpiredError extends InstagramApiError {}

interface ItemErrorDetails extends ErrorDetails {
  instagramMediaId?: string | undefined;
}

/** One item could not be brought back. Its text ends with `(media_id: …)` where there is one. */
export class BackfillError extends StorylineError {
  readonly instagramMediaId: string | undefined;

  constructor(message: string, details: ItemErrorDetails = {}) {
    const { instagramMediaId: id } = details;
    super(id ? `${safe(message, LONGEST - 200)} (media_id: ${safe(id, 100)})` : message, details);
    this.instagramMediaId = id;
  }
}

/** The item's media URL has expired and no fresh one would serve. */
export class BackfillMediaExpiredError extends BackfillError {
  constructor(message = 'Instagram media URL has expired', details: ItemErrorDetails = {}) {
    super(message, details);
  }
}

/** The item was not found, or is no longer accessible. */
export class BackfillMediaNotFoundError extends BackfillError {
  constructor(message = 'Instagram media not found', details: ItemErrorDetails = {}) {
    super(message, details);
  }
}

/** Instagram provides no URL for this item's media, as with copyrighted sound: trying again would not help. */
export class BackfillMediaWithheldError extends BackfillError {}

/** The body ended early or stalled: another try may bring the whole of it. */
export class BackfillMediaIncompleteError extends BackfillError {}

/** What came is not the image or video that was announced, such as a page of HTML. */
export class BackfillMediaTypeError extends BackfillError {}

/** The name of what stopped a run, as its record and `--json` show it: `RateLimitError`. */
export const stopName = (error: Error): string => (error instanceof StorylineError ? error.name : 'BugError');
