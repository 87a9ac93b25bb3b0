import { maskSecrets } from './lib/mask-secrets.ts';
import { shortLine } from './lib/one-line.ts';

/**
 * The program's error types, by their consequence:
 *
 * - {@link BackfillError} and its subclasses cost one item; the run continues.
 * - every other {@link StorylineError} stops the run.
 * - {@link UsageError} comes before a run starts: wrong flags, settings, accounts.
 *
 * A message and its hint are one line each, of limited length, without control characters. They never contain a token,
 * an app secret or a signed URL, even if a server's message did.
 */
interface ErrorDetails {
  /** What the user can do about it, as a sentence. */
  hint?: string;
  cause?: unknown;
}

/** Most characters of a message or hint. */
const LONGEST = 1200;

/** Makes text from outside fit for a message. */
const safe = (text: string, most = LONGEST): string => shortLine(maskSecrets(text.slice(0, 10 * LONGEST)), most);

/** An expected error: shown to the user as one line and its hint, without a stack trace. */
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

/** The key that a stored token was encrypted with is missing. */
export class LostKeyError extends UsageError {}

/** The database cannot be used: unreachable, of an unknown version, or lost during a run. */
export class DatabaseError extends StorylineError {}

/** The database works, but rejects a value or a row: retrying does not help. */
export class RefusedByDatabaseError extends DatabaseError {}

/** The library's folder takes no more files: disk full, folder missing, no permission. */
export class StorageError extends StorylineError {}

/** Another run of the same account is in progress. */
export class RunInProgressError extends StorylineError {}

/** The user, or the system, asked the run to stop. */
export class InterruptedError extends StorylineError {
  constructor(message = 'Interrupted', details: ErrorDetails = {}) {
    super(message, {
      hint: 'It is safe to run the same command again: it resumes where this run stopped.',
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

/** Instagram's API rejected a call, or its answer cannot be used. */
export class InstagramApiError extends StorylineError {
  readonly code: number | undefined;
  readonly subcode: number | undefined;
  /** The HTTP status of the answer; undefined without an answer. */
  readonly status: number | undefined;
  /** Meta's `fbtrace_id`, which their support asks for. */
  readonly traceId: string | undefined;
  /** True if the same call may succeed a little later. */
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

/** Instagram says that the page is too large: request a smaller one. */
export class TooMuchDataError extends InstagramApiError {}

/** A listing may continue, but Instagram does not say where. What was listed so far is valid. */
export class UnreadableEndError extends InstagramApiError {}

/** The rate limit of this account or app is used up until {@link until}. */
export class RateLimitError extends InstagramApiError {
  /** When calls are accepted again; an estimate if Instagram did not say. */
  readonly until: Date;

  constructor(message: string, details: ApiErrorDetails & { until: Date }) {
    super(message, details);
    this.until = details.until;
  }
}

/** A write to Instagram failed, and it is unknown whether it took effect. Must not be repeated without checking. */
export class UnknownOutcomeError extends InstagramApiError {}

/** The token expired, was revoked or never worked (Meta's code 190 and similar). */
export class TokenExpiredError extends InstagramApiError {}

interface ItemErrorDetails extends ErrorDetails {
  instagramMediaId?: string | undefined;
}

/** One item could not be downloaded. The message ends with `(media_id: …)` if the id is known. */
export class BackfillError extends StorylineError {
  readonly instagramMediaId: string | undefined;

  constructor(message: string, details: ItemErrorDetails = {}) {
    const { instagramMediaId: id } = details;
    super(id ? `${safe(message, LONGEST - 200)} (media_id: ${safe(id, 100)})` : message, details);
    this.instagramMediaId = id;
  }
}

/** The item's media URL has expired, and so has a fresh one. */
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

/** Instagram provides no media URL for this item, for example because of copyrighted sound. Retrying does not help. */
export class BackfillMediaWithheldError extends BackfillError {}

/** The download ended early or stalled. Retrying may help. */
export class BackfillMediaIncompleteError extends BackfillError {}

/** The download is not the expected image or video, but for example an HTML page. */
export class BackfillMediaTypeError extends BackfillError {}

/** The name of what stopped a run, as its record and `--json` show it: `RateLimitError`. */
export const stopName = (error: Error): string => (error instanceof StorylineError ? error.name : 'BugError');
