import type { Log } from '../lib/log.ts';
import { ANSWER, insist, inWords, isFromTelegram } from './telegram-errors.ts';

/** Limits of queued answers: to one person in a chat, of a chat, in total. */
const PER_PERSON = 12;
const PER_CHAT = 40;
const IN_ALL = 1000;

interface Options {
  log: Log;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Drops queued answers. */
  signal: AbortSignal;
}

interface Answer {
  readonly chatId: number;
  readonly personId: number | undefined;
  /** Sends the answer and records it. */
  readonly send: () => Promise<void>;
}

export type Outbox = ReturnType<typeof createOutbox>;

/** Sends answers in the background, those of a chat one after the other, and retries if Telegram asks to wait. */
export function createOutbox({ log, sleep, signal }: Options) {
  const chats = new Map<number, Answer[]>();
  const working = new Set<Promise<void>>();
  let waiting = 0;

  const deliver = async ({ chatId, send }: Answer): Promise<void> => {
    try {
      await insist(send, ANSWER, { sleep, signal });
    } catch (error) {
      if (signal.aborted) return;
      if (isFromTelegram(error)) log.warn(`an answer to the chat ${chatId} could not be sent: ${inWords(error)}`);
      else log.error(`an answer to the chat ${chatId} failed: ${error instanceof Error ? error.stack : error}`);
    }
  };

  const work = async (chatId: number, queue: Answer[]): Promise<void> => {
    for (let next = queue[0]; next; next = queue[0]) {
      if (!signal.aborted) await deliver(next);
      queue.shift();
      waiting -= 1;
    }
    chats.delete(chatId);
  };

  return {
    /** Queues an answer; it is dropped if the queue is full. */
    post(answer: Answer): void {
      const { chatId, personId } = answer;
      const queue = chats.get(chatId) ?? [];
      const ofPerson = queue.filter((one) => one.personId === personId).length;
      if (ofPerson >= PER_PERSON || queue.length >= PER_CHAT || waiting >= IN_ALL) {
        log.debug(`an answer to the chat ${chatId} was dropped: too many are waiting`);
        return;
      }
      queue.push(answer);
      waiting += 1;
      if (chats.has(chatId)) return;
      chats.set(chatId, queue);
      const done = work(chatId, queue).finally(() => working.delete(done));
      working.add(done);
    },

    /** Resolves when every queued answer is sent or given up. */
    async settled(): Promise<void> {
      while (working.size > 0) await Promise.allSettled([...working]);
    },
  };
}
