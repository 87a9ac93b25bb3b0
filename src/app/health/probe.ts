import { lookup } from 'node:dns/promises';
import { Agent, exchange, reason } from '../../lib/exchange.ts';
import { linkSignals } from '../../lib/link-signals.ts';

/** What a host said to a question without a token. */
export interface Answer {
  /** The answer's JSON; undefined where it was none. */
  readonly body: unknown;
  /** The host's clock; absent where it did not say. */
  readonly date: Date | undefined;
  /** Why nothing came, in a few words and without the address; absent where something did. */
  readonly silence?: string;
}

/** Each question has so many milliseconds: a health check is not worth a longer wait. */
const PATIENCE = 5000;
/** Bytes; such an answer has a few hundred. */
const LONGEST_ANSWER = 1024 * 1024;

/** Asks once. Never throws for what the network does. */
export async function probe(url: string, signal: AbortSignal): Promise<Answer> {
  const dispatcher = new Agent();
  try {
    const answer = await exchange(new URL(url), {
      dispatcher,
      signal,
      headers: { accept: 'application/json' },
      limits: { silence: PATIENCE, deadline: PATIENCE, atMost: LONGEST_ANSWER },
    });
    return { body: parseJson(await answer.text()), date: dateOf(answer.headers.date) };
  } catch (error) {
    signal.throwIfAborted();
    return { body: undefined, date: undefined, silence: reason(error) };
  } finally {
    await dispatcher.destroy();
  }
}

/** Whether a name leads anywhere: why not, in a few words; undefined if it does. */
export async function lookUp(host: string, signal: AbortSignal): Promise<string | undefined> {
  const { signal: patience, dispose } = linkSignals([signal], { timeLimit: PATIENCE });
  const tooLong = new Promise<never>((_, reject) => {
    const leave = () => reject(patience.reason);
    if (patience.aborted) leave();
    else patience.addEventListener('abort', leave, { once: true });
  });
  try {
    await Promise.race([lookup(host), tooLong]);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return reason(error);
  } finally {
    dispose();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function dateOf(header: string | string[] | undefined): Date | undefined {
  const time = typeof header === 'string' ? Date.parse(header) : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time);
}
