import { cleanText } from '../db/dialect.ts';
import type { Database } from '../db/open.ts';
import { InstagramApiError, RateLimitError, TokenExpiredError } from '../errors.ts';
import type { Account } from './accounts.ts';
import { SIGN_IN, SIGN_IN_HINT } from './hints.ts';

/**
 * What is refused: the token itself, a permission that the account's calls need, or the app that the token was made
 * with, for all its accounts.
 */
export type RefusedKind = 'token' | 'permission' | 'app';

/** What Meta answered to a call with an account's token. */
export interface Refused {
  readonly kind: RefusedKind;
  readonly code: number | undefined;
  readonly subcode: number | undefined;
  /** One line, without secrets. */
  readonly message: string;
  readonly hint: string;
}

export interface Refusal extends Refused {
  readonly at: Date;
}

/** Bad tokens and sessions, as https://developers.facebook.com/docs/graph-api/guides/error-handling has them. */
const BAD_TOKEN = new Set([102, 104, 190, 450, 452, 458, 459, 460, 463, 464, 467, 492, 2500]);
/** Words that concern the app; their codes (100, 101, 190, 200) are those of other errors too. */
const APP =
  /api access (is )?(blocked|deactivated|disabled)|validating application|application has been (deleted|disabled)|app (is|has been) (deleted|disabled|inactive)|appsecret_proof/i;
/** Words about the app's own secret and id: nothing is wrong with the token of the call. */
const SETTINGS = /client secret|client_id|invalid platform app|app id does not look/i;

/**
 * What an error says against a token. Nothing for a rate limit, an outage, a temporary block, and a token that was not
 * sent since its time is over.
 */
export function refusalIn(error: unknown): Refused | undefined {
  if (!(error instanceof InstagramApiError) || error instanceof RateLimitError) return undefined;
  const { code, subcode, message } = error;
  const kind = error.isTransient || code === undefined ? undefined : kindOf(code, subcode, message);
  return kind && { kind, code, subcode, message, hint: hintFor(kind, error) };
}

/** Ends with the command that helps. */
function hintFor(kind: RefusedKind, error: InstagramApiError): string {
  if (kind === 'app') return APP_HINT;
  // Only of these errors the hint says what is wrong with the token.
  const hint = kind === 'permission' || error instanceof TokenExpiredError ? error.hint : undefined;
  if (!hint) return SIGN_IN_HINT;
  return hint.includes(SIGN_IN) ? hint : `${hint} ${SIGN_IN_HINT}`;
}

const APP_HINT = 'Open the App Dashboard at developers.facebook.com and see what Meta wants of the app.';

function kindOf(code: number, subcode: number | undefined, message: string): RefusedKind | undefined {
  if (SETTINGS.test(message)) return undefined;
  if (code === 101 || APP.test(message)) return 'app';
  if (BAD_TOKEN.has(code)) return 'token';
  const isPermission = code === 3 || code === 10 || (code >= 200 && code < 300);
  // The account is not visible to this token (or no longer).
  const isHidden = code === 100 && subcode === 33;
  return isPermission || isHidden ? 'permission' : undefined;
}

/** `Instagram refused its token on 2026-11-25 04:50 UTC (code 190, subcode 463)` */
export function describeRefusal({ kind, at, code, subcode }: Refusal): string {
  const what = { token: 'its token', permission: 'its token a permission', app: 'the app of its token' }[kind];
  const codes = [code && `code ${code}`, subcode && `subcode ${subcode}`].filter(Boolean).join(', ');
  const moment = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `Instagram refused ${what} on ${moment}${codes ? ` (${codes})` : ''}`;
}

/** Meta's words, and what to do. */
export function explainRefusal({ message, code, hint }: Refusal): string {
  const words = message
    .replace(/^Instagram (rejected the token|refused [^:]+): /, '')
    .replace(` (code ${code})`, '')
    .replace(/[.\s]+$/, '');
  return `${words}. ${hint}`;
}

/** As `--json` has it. */
export const refusalJson = ({ kind, at, code, subcode, message }: Refusal) => ({
  kind,
  at: at.toISOString(),
  code: code ?? null,
  subcode: subcode ?? null,
  message,
});

/** In characters: Meta's are a sentence or two. */
const LONGEST_MESSAGE = 1000;

export type Refusals = ReturnType<typeof createRefusals>;

/** Remembers per account that Meta refused its token, until a call with it succeeds or another token is stored. */
export function createRefusals({ db }: { db: Database }) {
  const { query, dialect } = db;

  return {
    async note(account: Pick<Account, 'id'>, { kind, code, subcode, message, hint }: Refused): Promise<void> {
      const values = {
        refused_at: dialect.now,
        kind,
        code: code ?? null,
        subcode: subcode ?? null,
        message: cleanText(message).slice(0, LONGEST_MESSAGE),
        hint,
      };
      await query
        .insertInto('token_refusals')
        .values({ account_id: account.id, ...values })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet(values))
        .execute();
    },

    clear: (account: Pick<Account, 'id'>): Promise<void> => clearRefusal(db, account),

    async of(account: Pick<Account, 'id'>): Promise<Refusal | undefined> {
      const row = await query
        .selectFrom('token_refusals')
        .selectAll()
        .where('account_id', '=', account.id)
        .executeTakeFirst();
      return (
        row && {
          kind: row.kind,
          at: row.refused_at,
          code: row.code ?? undefined,
          subcode: row.subcode ?? undefined,
          message: row.message,
          hint: row.hint ?? SIGN_IN_HINT,
        }
      );
    },
  };
}

/** To be called when another token is stored for an account, or none is left. */
export async function clearRefusal({ query }: Pick<Database, 'query'>, account: Pick<Account, 'id'>): Promise<void> {
  await query.deleteFrom('token_refusals').where('account_id', '=', account.id).execute();
}
