import { lookup } from 'node:dns/promises';
import { Agent, exchange, reason } from '../../lib/exchange.ts';
import { linkSignals } from '../../lib/link-signals.ts';

/** A host's answer to a request without a token. */
export interface Answer {
  /** The answer's JSON; undefined if it was not JSON. */
  readonly body: unknown;
  /** The host's clock; undefined if the answer had no date. */
  readonly date: Date | undefined;
  /** Why there was no answer, in a few words and without the address; undefined if there was one. */
  readonly silence?: string;
}

/** Milliseconds for each request: a health check should be quick. */
const TIMEOUT = 5000;
/** Bytes; a usual answer has a few hundred. */
const LONGEST_ANSWER = 1024 * 1024;

/** Sends one request. Never throws for a network problem. */
export async function probe(url: string, signal: AbortSignal): Promise<Answer> {
  const dispatcher = new Agent();
  try {
    const answer = await exchange(new URL(url), {
      dispatcher,
      signal,
      headers: { accept: 'application/json' },
      limits: { silence: TIMEOUT, deadline: TIMEOUT, atMost: LONGEST_ANSWER },
    });
    return { body: parseJson(await answer.text()), date: dateOf(answer.headers.date) };
  } catch (error) {
    signal.throwIfAborted();
    return { body: undefined, date: undefined, silence: reason(error) };
  } finally {
    await dispatcher.destroy();
  }
}

/** Resolves a host name. @returns why it has no address, in a few words; undefined if it has one. */
export async function lookUp(host: string, signal: AbortSignal): Promise<string | undefined> {
  const { signal: timeout, dispose } = linkSignals([signal], { timeLimit: TIMEOUT });
  const tooLong = new Promise<never>((_, reject) => {
    const leave = () => reject(timeout.reason);
    if (timeout.aborted) leave();
    else timeout.addEventListener('abort', leave, { once: true });
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
