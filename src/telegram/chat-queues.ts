import type { Update } from 'grammy/types';
import type { Log } from '../lib/log.ts';

/** Chats that are handled in parallel. */
const CONCURRENCY = 32;
/** Limits of queued updates: of one person in a chat, of a chat, in total. */
const PER_PERSON = 12;
const PER_CHAT = 40;
const IN_ALL = 2000;
/** Urgent updates in parallel, of one chat and in total; further ones are queued like others. */
const URGENT_PER_CHAT = 3;
const URGENT = 32;

interface Options {
  /** Handles an update. Its errors are ignored here. */
  handle: (update: Update) => Promise<void>;
  /** Whether an update skips the queue. */
  isUrgent: (update: Update) => boolean;
  log: Log;
}

interface Chat {
  readonly key: string;
  waiting: Update[];
}

/**
 * Queues updates by chat: a chat's updates are handled one after the other, different chats in parallel and in turn. All
 * queues are limited: excess updates are dropped.
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
    while (busy < CONCURRENCY) {
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

    /** Removes matching updates from a chat's queue; returns how many. */
    withdraw(chatId: number, fits: (update: Update) => boolean): number {
      const chat = chats.get(String(chatId));
      if (!chat) return 0;
      const kept = chat.waiting.filter((update) => !fits(update));
      const withdrawn = chat.waiting.length - kept.length;
      chat.waiting = kept;
      waiting -= withdrawn;
      return withdrawn;
    },

    /** Resolves when no chat is queued. */
    room: (): Promise<void> =>
      ready.length === 0 ? Promise.resolve() : new Promise((resolve) => onRoom.push(resolve)),

    /** Resolves when no update is being handled. */
    async settled(): Promise<void> {
      while (working.size > 0) await Promise.allSettled([...working]);
    },
  };
}

function whereFrom({ message, callback_query: query }: Update): { chat: string; person: number | undefined } {
  // Fields of an update may be missing, whatever the types say.
  const person = message?.from?.id ?? query?.from?.id;
  const chat = message?.chat?.id ?? query?.message?.chat?.id;
  return { chat: chat === undefined ? `person ${person}` : String(chat), person };
}
