import * as z from 'zod';
import { InstagramApiError, RateLimitError, TokenExpiredError, TooMuchDataError } from '../../errors.ts';
import { shortLine } from '../../lib/one-line.ts';
import type { Usage } from './pacing.ts';

/** The documented body of an error. */
const graphError = z.object({
  error: z.object({
    message: z.string().catch('no message'),
    code: z.number().optional().catch(undefined),
    error_subcode: z.number().optional().catch(undefined),
    error_user_msg: z.string().optional().catch(undefined),
    is_transient: z.boolean().optional().catch(undefined),
    fbtrace_id: z.string().optional().catch(undefined),
  }),
});
/** The error format of api.instagram.com when a code is exchanged; its code only repeats the HTTP status. */
const codeExchangeError = z
  .object({ error_message: z.string() })
  .transform(({ error_message }): z.infer<typeof graphError> => ({ error: { message: error_message } }));
const errorBody = z.union([graphError, codeExchangeError]);

/** Quota exceeded: of an app, a user, a Page, a custom rule or the account. */
const RATE_LIMITS = new Set([4, 17, 32, 613, 80001, 80002]);
/** Bad tokens and sessions. */
const BAD_TOKEN = new Set([102, 190]);

/** What happened, by the subcode of code 190. */
const TOKEN_HINTS: Readonly<Record<number, string>> = {
  458: 'The app was removed from the account.',
  459: 'Instagram requires a security check: visit facebook.com first.',
  460: 'The password was changed or the session was reset.',
  463: 'The token has expired.',
  464: 'The user is not confirmed yet: visit facebook.com first.',
  492: 'The user no longer has a suitable role on the Page: restore it first.',
};

const SIGN_IN_AGAIN = 'Sign in again: storyline-cli instagram-auth';

/** What to do about a failed sign-in, by Meta's message: its codes (1, 100, 101, 400) say less. */
const SIGN_IN_HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /client secret/i,
    'Wrong app secret: copy it again from the App Dashboard to FACEBOOK_APP_SECRET or INSTAGRAM_APP_SECRET.',
  ],
  [
    /invalid platform app|validating application|app id does not look/i,
    'Unknown app id: copy it again from the App Dashboard to FACEBOOK_APP_ID or INSTAGRAM_APP_ID (Instagram Login has its own app id).',
  ],
  [
    /redirect_uri/i,
    'The redirect address must be registered with the app, exactly as it is: see docs/connect-instagram.md.',
  ],
  [
    /code.*(has been used|already used|has expired|code format)|code verifier/i,
    'A code works only once, for a short time: start again with storyline-cli instagram-auth.',
  ],
  [
    /does not belong to this app|did not match the viewing app/i,
    'The token belongs to another app than the configured one.',
  ],
];

/** Used if Instagram does not say when a limit resets: its windows are one hour long. */
const USUAL_WAIT_MINUTES = 60;
const LONGEST_WAIT_MINUTES = 366 * 24 * 60;

/** The most characters of Meta's own message that are shown. */
const LONGEST_WORDS = 400;

interface Answer {
  status: number;
  /** The parsed JSON; undefined if the response is not JSON. */
  body: unknown;
  usage: Usage;
  /** The request without secrets: `GET /17841…/media`. */
  request: string;
  /** Meta's time. */
  now: Date;
}

/**
 * Turns an error response into one of our types. The only place that knows Meta's codes. Decides by code and subcode,
 * because the same code comes with different HTTP statuses.
 */
export function toApiError({ status, body, usage, request, now }: Answer): InstagramApiError {
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) {
    return new InstagramApiError(`Instagram answered HTTP ${status} without an explanation to ${request}`, {
      status,
      isTransient: status >= 500 || status === 429,
      hint: 'Try again in a few minutes.',
    });
  }
  const { code, error_subcode: subcode, error_user_msg: userMessage, ...rest } = parsed.data.error;
  // Cut, so that what we add after it stays visible.
  const message = shortLine(rest.message, LONGEST_WORDS);
  const details = { code, subcode, status, traceId: rest.fbtrace_id };

  if (code !== undefined && RATE_LIMITS.has(code)) {
    const minutes = usage.minutesToRegain ?? USUAL_WAIT_MINUTES;
    return rateLimit(`Instagram's rate limit is reached: ${message}`, minutes, now, details);
  }
  if (code !== undefined && BAD_TOKEN.has(code)) {
    const wrongHost = /cannot parse/i.test(message)
      ? 'The token may belong to the other kind of login: EAA… is for Facebook Login, IGAA… for Instagram Login.'
      : undefined;
    const otherApp = /does not belong to this app/i.test(message) ? 'The token belongs to another app.' : undefined;
    const cause = wrongHost ?? otherApp ?? TOKEN_HINTS[subcode ?? 0];
    return new TokenExpiredError(`Instagram rejected the token: ${message}`, {
      ...details,
      hint: cause ? `${cause} ${SIGN_IN_AGAIN}` : SIGN_IN_AGAIN,
    });
  }
  if (/reduce the amount of data/i.test(`${message} ${userMessage ?? ''}`)) {
    return new TooMuchDataError(`Instagram says the page is too large: ${message}`, details);
  }
  const signInHint = SIGN_IN_HINTS.find(([words]) => words.test(message))?.[1];
  return new InstagramApiError(
    `Instagram refused ${request}: ${message}${code === undefined ? '' : ` (code ${code})`}`,
    {
      ...details,
      isTransient: !signInHint && (code === 1 || code === 2 || (code !== 100 && (rest.is_transient ?? status >= 500))),
      hint: signInHint ?? hintFor(code, subcode),
    },
  );
}

/** The error for an exhausted API quota. */
export function rateLimit(
  message: string,
  minutes: number,
  now: Date,
  details: {
    code?: number | undefined;
    subcode?: number | undefined;
    status?: number;
    traceId?: string | undefined;
  } = {},
): RateLimitError {
  // A header with less than a minute would make a waiting run call without a pause.
  const until = new Date(now.getTime() + Math.min(LONGEST_WAIT_MINUTES, Math.max(1, minutes)) * 60_000);
  return new RateLimitError(message, {
    ...details,
    until,
    hint: `The limit resets at about ${until.toISOString().slice(0, 16).replace('T', ' ')} UTC; run the same command again then to resume.`,
  });
}

function hintFor(code: number | undefined, subcode: number | undefined): string {
  if (code === 100 && subcode === 33) return 'Check the account id, and that the token can read this account.';
  if (code === 368)
    return 'Instagram has blocked the account or app temporarily for policy reasons: open the Instagram app, and wait.';
  if (code === 341) return "The app's limit is reached: wait a few hours.";
  if (code === 3 || code === 10 || (code !== undefined && code >= 200 && code < 300)) {
    return 'The token lacks a permission: instagram_basic and pages_read_engagement for Facebook Login, instagram_business_basic for Instagram Login.';
  }
  return 'Try again in a few minutes; LOG_LEVEL=debug shows each request.';
}
