import type { Update } from 'grammy/types';
import type { Api } from 'grammy/web';
import { linkSignals } from '../lib/link-signals.ts';
import type { Log } from '../lib/log.ts';
import { inWords, REFUSALS, type Refusal, refusalError, refusalOf, waitAsked } from './telegram-errors.ts';
import { POLL_SECONDS } from './telegram-fetch.ts';

/** Milliseconds, and seconds for the poll itself. */
export interface Paces {
  /** How long a poll waits at Telegram, in seconds. */
  readonly pollSeconds: number;
  /** The longest pause between retries while Telegram is unreachable. */
  readonly retry: number;
  /** How long another program may poll before the conflict counts as lasting: a process may just be ending. */
  readonly conflict: number;
  /** The pause between retries after that. */
  readonly later: number;
  /** The longest pause that a 429 to a poll may ask for. */
  readonly longestAsked: number;
}

export const PACES: Paces = {
  pollSeconds: POLL_SECONDS,
  retry: 3000,
  conflict: 60_000,
  later: 60_000,
  longestAsked: 60_000,
};

/** So many refusals in a row also count as lasting. */
const MANY_REFUSALS = 20;
/** Milliseconds: an empty answer that is faster than this was not a long poll. */
const SOON = 50;
/** How long the last call may take, in milliseconds. */
const GOODBYE = 3000;
const ALLOWED = ['message', 'callback_query'] as const;

interface Options {
  api: Api;
  paces: Paces;
  now: () => Date;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  log: Log;
  signal: AbortSignal;
  /** Receives the updates; the next poll begins when it resolves. Never throws. */
  take: (updates: readonly Update[]) => Promise<void>;
  /** Called with the reason when no messages arrive, and with undefined when they arrive again. */
  troubled: (refusal: Refusal | undefined, since: Date) => Promise<void>;
  /** Whether a lasting refusal may end the bot. */
  mayEnd: () => boolean;
}

interface Episode {
  readonly refusal: Refusal;
  readonly since: Date;
  last: Date;
  count: number;
  isReported: boolean;
}

/**
 * Fetches updates until the signal is aborted. Failures are retried within seconds; a lasting refusal is reported and
 * retried every minute, since the other program may end.
 *
 * @throws {UsageError} for a lasting refusal, if `mayEnd` allows it.
 */
export async function poll({ api, paces, now, sleep, log, signal, take, troubled, mayEnd }: Options): Promise<void> {
  let offset = 0;
  let failures = 0;
  let episode: Episode | undefined;

  const answered = async (count: number) => {
    if (failures > 0) log.info('Telegram answers again');
    failures = 0;
    if (!episode) return;
    // Two programs that poll get answers in turn: only a poll that was not cut short proves that the other one is gone.
    const isQuiet = count === 0 || now().getTime() - episode.last.getTime() >= paces.conflict;
    if (episode.refusal === 'conflict' && !isQuiet) return;
    if (episode.isReported) log.info('the bot gets its messages again');
    await troubled(undefined, now());
    episode = undefined;
  };

  const refused = async (refusal: Refusal, error: unknown): Promise<number> => {
    const moment = now();
    if (episode?.refusal !== refusal) episode = { refusal, since: moment, last: moment, count: 0, isReported: false };
    episode.last = moment;
    episode.count += 1;
    const { problem, remedy } = REFUSALS[refusal];
    if (episode.count === 1) {
      log.warn(`${problem} (${inWords(error)}); the bot tries again for a minute`);
      // The first time it is a leftover; if it is set again, it is on purpose.
      if (refusal === 'webhook') await removeWebhook();
    }
    const isLasting = episode.count >= MANY_REFUSALS || moment.getTime() - episode.since.getTime() >= paces.conflict;
    if (!isLasting) return paces.retry;
    if (mayEnd()) throw refusalError(refusal, error);
    if (!episode.isReported)
      log.error(`${problem}. ${remedy} The bot retries every minute; everything else continues.`);
    episode.isReported = true;
    await troubled(refusal, episode.since);
    return paces.later;
  };

  const removeWebhook = async () => {
    try {
      await api.deleteWebhook({}, asGrammy(signal));
      log.warn('the webhook of this bot was removed, so that its messages come here');
    } catch (error) {
      log.warn(`the webhook of this bot could not be removed: ${inWords(error)}`);
    }
  };

  const failed = async (error: unknown): Promise<number> => {
    const refusal = refusalOf(error);
    if (refusal) return refused(refusal, error);
    failures += 1;
    if (failures === 1) log.warn(`Telegram cannot be reached: ${inWords(error)}; the bot keeps trying`);
    const asked = waitAsked(error);
    if (asked !== undefined) return Math.min(Math.max(asked, paces.retry), paces.longestAsked);
    return Math.min(paces.retry, 1000 * failures);
  };

  const once = async (): Promise<void> => {
    const began = performance.now();
    const updates = await api.getUpdates(
      { offset, limit: 100, timeout: paces.pollSeconds, allowed_updates: [...ALLOWED] },
      asGrammy(signal),
    );
    const ours = Array.isArray(updates) ? updates.filter((update) => Number.isSafeInteger(update?.update_id)) : [];
    await answered(ours.length);
    const last = ours.at(-1);
    if (last) {
      offset = last.update_id + 1;
      await take(ours);
    } else if (performance.now() - began < SOON) await sleep(paces.retry / 6, signal);
  };

  while (!signal.aborted) {
    let pause = 0;
    try {
      await once();
    } catch (error) {
      if (signal.aborted) break;
      pause = await failed(error);
    }
    if (pause > 0) await sleep(pause, signal).catch(() => undefined);
  }
  // Confirms the updates; if another program polls, this would end its poll.
  if (!episode && failures === 0 && offset > 0) {
    const patience = linkSignals([], { timeLimit: GOODBYE });
    await api
      .getUpdates({ offset, limit: 1, timeout: 0 }, asGrammy(patience.signal))
      .catch((error: unknown) => log.debug(`Telegram did not take the goodbye: ${inWords(error)}`))
      .finally(patience.dispose);
  }
}

/** grammY's types declare the signal of another library. */
export const asGrammy = (signal: AbortSignal) => signal as unknown as NonNullable<Parameters<Api['getMe']>[0]>;
