import type { Update } from 'grammy/types';
import type { Log } from '../lib/log.ts';

/** Chats that are worked for at once. */
const AT_ONCE = 32;
/** Updates that wait: of one person in one chat, in one chat, in all. */
const PER_PERSON = 12;
const PER_CHAT = 40;
const IN_ALL = 2000;
/** Urgent updates of one chat at once; the next one waits its turn as any other. */
const URGENT_PER_CHAT = 3;
const URGENT = 32;

interface Options {
  /** Handles an update. What it throws is its own affair. */
  handle: (update: Update) => Promise<void>;
  /** Goes before everything. */
  isUrgent: (update: Update) => boolean;
  log: Log;
}

interface Chat {
  readonly key: string;
  waiting: Update[];
}

/**
 * Hands updates on: those of one chat one after the other, those of different chats side by side, each chat in its turn.
 * Nothing here waits for Telegram, and everything has a bound: of those who flood, what is too much is dropped.
 */
export function createChatQueues({ handle, isUrgent, log }: Options) {
  const chats = new Map<string, Chat>();
  const ready: Chat[] = [];
  const urgent = new Map<string, number>();
  const working = new Set<Promise<void>>();
  const onRoom: (() => void)[] = [];
  let busy = 0;
  let waiting = 0;

  const track = (work: Promise<void>) => {
    const tracked = work.catch(() => undefined).finally(() => working.delete(tracked));
    working.add(tracked);
    return tracked;
  };

  const pump = () => {
    while (busy < AT_ONCE) {
      const chat = ready.shift();
      if (!chat) break;
      busy += 1;
      void track(workFor(chat));
    }
    if (ready.length === 0) for (const wake of onRoom.splice(0)) wake();
  };

  const workFor = async (chat: Chat): Promise<void> => {
    const update = chat.waiting.shift();
    try {
      if (update) {
        waiting -= 1;
        await handle(update);
      }
    } finally {
      busy -= 1;
      if (chat.waiting.length > 0) ready.push(chat);
      else chats.delete(chat.key);
      pump();
    }
  };

  const hurry = (key: string, update: Update): boolean => {
    const here = urgent.get(key) ?? 0;
    const all = [...urgent.values()].reduce((sum, count) => sum + count, 0);
    if (here >= URGENT_PER_CHAT || all >= URGENT) return false;
    urgent.set(key, here + 1);
    void track(
      handle(update).finally(() => {
        const left = (urgent.get(key) ?? 1) - 1;
        if (left > 0) urgent.set(key, left);
        else urgent.delete(key);
      }),
    );
    return true;
  };

  return {
    accept(update: Update): void {
      const { chat: key, person } = whereFrom(update);
      if (isUrgent(update) && hurry(key, update)) return;
      const chat = chats.get(key) ?? { key, waiting: [] };
      const ofPerson = chat.waiting.filter((one) => whereFrom(one).person === person).length;
      if (ofPerson >= PER_PERSON || chat.waiting.length >= PER_CHAT || waiting >= IN_ALL) {
        log.debug(`an update of the chat ${key} was dropped: too many are waiting`);
        return;
      }
      chat.waiting.push(update);
      waiting += 1;
      if (chats.has(key)) return;
      chats.set(key, chat);
      ready.push(chat);
      pump();
    },

    /** Takes the updates that wait in a chat out of its queue, where they fit. */
    withdraw(chatId: number, fits: (update: Update) => boolean): number {
      const chat = chats.get(String(chatId));
      if (!chat) return 0;
      const kept = chat.waiting.filter((update) => !fits(update));
      const withdrawn = chat.waiting.length - kept.length;
      chat.waiting = kept;
      waiting -= withdrawn;
      return withdrawn;
    },

    /** Comes when no chat waits for its turn. */
    room: (): Promise<void> =>
      ready.length === 0 ? Promise.resolve() : new Promise((resolve) => onRoom.push(resolve)),

    /** Comes when nothing is being handled. */
    async settled(): Promise<void> {
      while (working.size > 0) await Promise.allSettled([...working]);
    },
  };
}

function whereFrom({ message, callback_query: query }: Update): { chat: string; person: number | undefined } {
  // What comes over the network may lack anything.
  const person = message?.from?.id ?? query?.from?.id;
  const chat = message?.chat?.id ?? query?.message?.chat?.id;
  return { chat: chat === undefined ? `person ${person}` : String(chat), person };
}
