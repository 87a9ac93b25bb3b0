import * as z from 'zod';
import { InstagramApiError, RateLimitError, TokenExpiredError, TooMuchDataError } from '../../errors.ts';
import { shortLine } from '../../lib/one-line.ts';
import type { Usage } from './pacing.ts';

/** The body of an error as documented. */
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
/** As api.instagram.com words it when a code is exchanged; its code is the HTTP status and says nothing. */
const codeExchangeError = z
  .object({ error_message: z.string() })
  .transform(({ error_message }): z.infer<typeof graphError> => ({ error: { message: error_message } }));
const errorBody = z.union([graphError, codeExchangeError]);

/** Calls beyond the budget of an app, a user, a Page, a custom rule or the account. */
const RATE_LIMITS = new Set([4, 17, 32, 613, 80001, 80002]);
/** Bad tokens and sessions. */
const BAD_TOKEN = new Set([102, 190]);

/** What a person must do, by the subcode of code 190. */
const TOKEN_HINTS: Readonly<Record<number, string>> = {
  458: 'The app was removed from the account: sign in again and consent',
  459: 'Instagram wants to check the person: visit facebook.com, then sign in again',
  460: 'The password was changed or the session was reset: sign in again',
  463: 'It has expired: sign in again',
  464: 'The person is not confirmed yet: visit facebook.com, then sign in again',
  492: 'The person has no suitable role on the Page any more: have it given back, then sign in again',
};

const SIGN_IN_AGAIN = 'sign in with: storyline-cli instagram-auth';

/** What went wrong in signing in, by Meta's words: the codes beside them (1, 100, 101, 400) say less. */
const SIGN_IN_HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /client secret/i,
    'The app secret is not the one of this app: copy it anew from the App Dashboard to FACEBOOK_APP_SECRET or INSTAGRAM_APP_SECRET.',
  ],
  [
    /invalid platform app|validating application|app id does not look/i,
    'The app id is not known: copy it anew from the App Dashboard to FACEBOOK_APP_ID or INSTAGRAM_APP_ID (Instagram Login has an id of its own).',
  ],
  [
    /redirect_uri/i,
    'The redirect address must be registered with the app, and the same letter by letter: see docs/connect-instagram.md.',
  ],
  [
    /code.*(has been used|already used|has expired|code format)|code verifier/i,
    'A code works once, and for a short time: begin again with storyline-cli instagram-auth.',
  ],
  [
    /does not belong to this app|did not match the viewing app/i,
    'The token was made for another app than the one that is set.',
  ],
];

/** Where Instagram does not say when it lets calls in again: its windows are of one hour. */
const USUAL_WAIT_MINUTES = 60;
const LONGEST_WAIT_MINUTES = 366 * 24 * 60;

/** Characters of Meta's own words that are told. */
const LONGEST_WORDS = 400;

interface Answer {
  status: number;
  /** The parsed JSON; undefined where the answer was none. */
  body: unknown;
  usage: Usage;
  /** What was asked for, without secrets: `GET /17841…/media`. */
  request: string;
  /** By Meta's clock. */
  now: Date;
}

/**
 * Turns an error answer into one of our types. The only place that knows Meta's codes: decides by code and subcode, not
 * by HTTP status, since the same code comes with several.
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
  // What we say after it must stay in sight.
  const message = shortLine(rest.message, LONGEST_WORDS);
  const details = { code, subcode, status, traceId: rest.fbtrace_id };

  if (code !== undefined && RATE_LIMITS.has(code)) {
    const minutes = usage.minutesToRegain ?? USUAL_WAIT_MINUTES;
    return rateLimit(`Instagram's rate limit is reached: ${message}`, minutes, now, details);
  }
  if (code !== undefined && BAD_TOKEN.has(code)) {
    const wrongHost = /cannot parse/i.test(message)
      ? 'The token may be of the other kind of sign-in: EAA… belongs to Facebook Login, IGAA… to Instagram Login'
      : undefined;
    const otherApp = /does not belong to this app/i.test(message) ? 'It was made for another app' : undefined;
    const hint = wrongHost ?? otherApp ?? TOKEN_HINTS[subcode ?? 0] ?? 'Sign in again';
    return new TokenExpiredError(`Instagram refuses the token: ${message}`, {
      ...details,
      hint: `${hint}; ${SIGN_IN_AGAIN}`,
    });
  }
  if (/reduce the amount of data/i.test(`${message} ${userMessage ?? ''}`)) {
    return new TooMuchDataError(`Instagram finds the page too much: ${message}`, details);
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

/** The error for a budget of calls that is used up. */
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
  // Less than a minute, as a slip of the header, would have a run that waits ask without a pause.
  const until = new Date(now.getTime() + Math.min(LONGEST_WAIT_MINUTES, Math.max(1, minutes)) * 60_000);
  return new RateLimitError(message, {
    ...details,
    until,
    hint: `Instagram lets this account in again at about ${until.toISOString().slice(0, 16).replace('T', ' ')} UTC; run the same command then: it goes on where this run stopped.`,
  });
}

function hintFor(code: number | undefined, subcode: number | undefined): string {
  if (code === 100 && subcode === 33) return 'Check the account id, and that the token may read this account.';
  if (code === 368)
    return 'Instagram has blocked the account or app for a while for policy reasons: open the Instagram app, and wait.';
  if (code === 341) return "The app's limit is reached: wait a few hours.";
  if (code === 3 || code === 10 || (code !== undefined && code >= 200 && code < 300)) {
    return 'The token lacks a permission: instagram_basic and pages_read_engagement for Facebook Login, instagram_business_basic for Instagram Login.';
  }
  return 'Try again in a few minutes; LOG_LEVEL=debug shows each request.';
}
