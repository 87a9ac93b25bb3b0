import { GrammyError, HttpError } from 'grammy';
import { UsageError } from '../errors.ts';
import { reason } from '../lib/exchange.ts';
import { maskSecrets } from '../lib/mask-secrets.ts';
import { retry } from '../lib/retry.ts';
import { NoAnswerError } from './telegram-fetch.ts';

/** True for what Telegram, or the way to it, did: nothing of it is a bug of ours. */
export const isFromTelegram = (error: unknown): error is GrammyError | HttpError =>
  error instanceof GrammyError || error instanceof HttpError;

/** An error in one line, without the address, which holds the token. */
export function inWords(error: unknown): string {
  if (error instanceof GrammyError) return maskSecrets(`Telegram says: ${error.description} (${error.error_code})`);
  if (error instanceof HttpError) return inWords(error.error);
  if (error instanceof NoAnswerError) return error.message;
  // It was ended by us, and gives no other reason.
  if (error instanceof Error && error.name === 'AbortError') return 'no answer in time';
  if (error instanceof Error && 'code' in error) return reason(error);
  return maskSecrets(error instanceof Error ? error.message : String(error));
}

/** Why Telegram gives the bot no messages, though it answers. */
export type Refusal = 'conflict' | 'webhook' | 'token';

/** Telegram's refusal; nothing where the error is none. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof GrammyError)) return undefined;
  if (error.error_code === 401 || error.error_code === 404) return 'token';
  if (error.error_code !== 409) return undefined;
  return /webhook/i.test(error.description) ? 'webhook' : 'conflict';
}

/** What a refusal means, and what to do. */
export const REFUSALS: Readonly<Record<Refusal, { readonly problem: string; readonly remedy: string }>> = {
  conflict: {
    problem: "Another program polls with this bot's token, so that this one gets no messages",
    remedy:
      'Stop the other program, or make a bot of its own for it. The Python Storyline with the same TELEGRAM_BOT_TOKEN counts too.',
  },
  webhook: {
    problem: 'Another program has set a webhook for this bot, so that this one gets no messages',
    remedy: 'Stop the program that sets the webhook of this TELEGRAM_BOT_TOKEN, or make a bot of its own for it.',
  },
  token: {
    problem: 'Telegram does not accept TELEGRAM_BOT_TOKEN, the token of the bot',
    remedy: 'Copy the token from @BotFather to TELEGRAM_BOT_TOKEN again.',
  },
};

export const refusalError = (refusal: Refusal, cause?: unknown): UsageError =>
  new UsageError(REFUSALS[refusal].problem, { hint: REFUSALS[refusal].remedy, cause });

/** Milliseconds that Telegram asks to wait; nothing where it does not. */
export function waitAsked(error: unknown): number | undefined {
  if (!(error instanceof GrammyError) || error.error_code !== 429) return undefined;
  const seconds = Number(error.parameters.retry_after ?? 1);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : 1000;
}

/** How long something is tried: so many times, and with no wait longer than this, in milliseconds. */
export interface Insistence {
  readonly attempts: number;
  readonly longest: number;
}

/** An answer: a few minutes. */
export const ANSWER: Insistence = { attempts: 8, longest: 5 * 60_000 };
/** The last words of a run: a quarter of an hour. */
export const RESULT: Insistence = { attempts: 14, longest: 5 * 60_000 };
/** What others wait for. */
export const BRIEFLY: Insistence = { attempts: 4, longest: 60_000 };

interface Clock {
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Ends the waiting. */
  signal: AbortSignal;
}

/**
 * Does a call to Telegram, again where it failed in passing. A wait that is longer than the longest is not begun: Telegram
 * would refuse again.
 */
export const insist = <T>(call: () => Promise<T>, { attempts, longest }: Insistence, clock: Clock): Promise<T> =>
  retry(call, {
    attempts,
    firstDelay: 1000,
    longestDelay: longest,
    passes: (error) => passing(error, longest),
    ...clock,
  });

function passing(error: unknown, longest: number): false | { after?: number } {
  if (error instanceof HttpError) return {};
  if (!(error instanceof GrammyError)) return false;
  const after = waitAsked(error);
  if (after !== undefined) return after <= longest && { after };
  return error.error_code >= 500 && {};
}
