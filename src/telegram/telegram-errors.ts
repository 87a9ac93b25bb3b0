import { GrammyError, HttpError } from 'grammy/web';
import { UsageError } from '../errors.ts';
import { reason } from '../lib/exchange.ts';
import { maskSecrets } from '../lib/mask-secrets.ts';
import { NoAnswerError } from './telegram-fetch.ts';

/** Whether Telegram or the network caused the error: then it is not a bug of this program. */
export const isFromTelegram = (error: unknown): error is GrammyError | HttpError =>
  error instanceof GrammyError || error instanceof HttpError;

/** An error in one line, without the address, which holds the token. */
export function inWords(error: unknown): string {
  if (error instanceof GrammyError) return maskSecrets(`Telegram says: ${error.description} (${error.error_code})`);
  if (error instanceof HttpError) return inWords(error.error);
  if (error instanceof NoAnswerError) return error.message;
  // The call was aborted by a time limit.
  if (error instanceof Error && error.name === 'AbortError') return 'no answer in time';
  if (error instanceof Error && 'code' in error) return reason(error);
  return maskSecrets(error instanceof Error ? error.message : String(error));
}

/** Why Telegram answers, but gives the bot no messages. */
export type Refusal = 'conflict' | 'webhook' | 'token';

/** Telegram's refusal; undefined for any other error. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof GrammyError)) return undefined;
  if (error.error_code === 401 || error.error_code === 404) return 'token';
  if (error.error_code !== 409) return undefined;
  return /webhook/i.test(error.description) ? 'webhook' : 'conflict';
}

/** What a refusal means, and what to do. */
export const REFUSALS: Readonly<Record<Refusal, { readonly problem: string; readonly remedy: string }>> = {
  conflict: {
    problem: "Another program polls with this bot's token",
    remedy:
      'This bot gets no messages. Stop the other program, or create a separate bot for it. The Python Storyline with the same TELEGRAM_BOT_TOKEN counts too.',
  },
  webhook: {
    problem: 'Another program has set a webhook for this bot',
    remedy:
      'This bot gets no messages. Stop the program that sets the webhook of this TELEGRAM_BOT_TOKEN, or create a separate bot for it.',
  },
  token: {
    problem: 'Telegram does not accept the token of the bot (TELEGRAM_BOT_TOKEN)',
    remedy: 'Copy the token from @BotFather to TELEGRAM_BOT_TOKEN again.',
  },
};

export const refusalError = (refusal: Refusal, cause?: unknown): UsageError =>
  new UsageError(REFUSALS[refusal].problem, { hint: REFUSALS[refusal].remedy, cause });

/** Milliseconds that Telegram asks to wait; undefined if it does not. */
export function waitAsked(error: unknown): number | undefined {
  if (!(error instanceof GrammyError) || error.error_code !== 429) return undefined;
  const seconds = Number(error.parameters.retry_after ?? 1);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : 1000;
}

/** How long a call is retried: the sum of all pauses, in milliseconds. */
export type Insistence = number;

/** For an answer. */
export const ANSWER: Insistence = 5 * 60_000;
/** For the last message of a run. */
export const RESULT: Insistence = 15 * 60_000;
/** For calls that hold up others. */
export const BRIEFLY: Insistence = 60_000;

const LONGEST_BACK_OFF = 30_000;

interface Clock {
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Ends the retries. */
  signal: AbortSignal;
}

/**
 * Calls Telegram, and retries temporary failures after the pause that Telegram asks for. Gives up if that pause exceeds the
 * limit: a retry after a shorter one would fail.
 */
export async function insist<T>(call: () => Promise<T>, most: Insistence, { sleep, signal }: Clock): Promise<T> {
  let paused = 0;
  for (let failures = 0; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      const pause = pauseAfter(error, failures);
      if (pause === undefined || signal.aborted || paused + pause > most) throw error;
      paused += pause;
      await sleep(pause, signal);
    }
  }
}

/** Milliseconds to wait before the next try; undefined if a retry is useless. */
function pauseAfter(error: unknown, failures: number): number | undefined {
  const isPassing = error instanceof HttpError || (error instanceof GrammyError && error.error_code >= 500);
  const asked = waitAsked(error);
  if (asked !== undefined) return Math.max(1000, asked);
  return isPassing ? Math.min(LONGEST_BACK_OFF, 1000 * 2 ** failures) : undefined;
}
