import { type Api, GrammyError, type InlineKeyboard } from 'grammy';
import { fitted, type Text } from './text.ts';

/** A message is edited at most so often, in milliseconds: Telegram asks for no more than about one message a second. */
export const PACE = 3000;

export interface LiveMessage {
  /** Shows this text soon: what comes in between is left out. */
  show(text: Text, buttons?: InlineKeyboard): void;
  /** Shows this text as the last one; false where it cannot be shown. */
  finish(text: Text): Promise<boolean>;
  /** Which message it is now. */
  readonly messageId: number;
}

interface Options {
  api: Api;
  chatId: number;
  messageId: number;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Told where the message had to be sent anew. */
  moved: (messageId: number) => Promise<void>;
  /** Told of what cannot be shown: a chat that is gone costs no run. */
  failed: (error: unknown) => void;
}

/** Keeps a message up to date; one that was deleted, or is too old to be edited, is sent anew. */
export function createLiveMessage({ api, chatId, messageId: first, sleep, moved, failed }: Options): LiveMessage {
  let messageId = first;
  let shown = '';
  let next: { text: Text; buttons: InlineKeyboard | undefined } | undefined;
  let isOver = false;
  let isShown = true;
  let working: Promise<void> | undefined;
  const hurry = new AbortController();

  const write = async ({ text: whole, buttons }: { text: Text; buttons: InlineKeyboard | undefined }) => {
    const { text, entities } = fitted(whole);
    const markup = { ...(buttons ? { reply_markup: buttons } : {}), entities: [...entities] };
    const key = JSON.stringify([text, entities, buttons]);
    if (key === shown) return;
    try {
      await api.editMessageText(chatId, messageId, text, markup);
    } catch (error) {
      if (!(error instanceof GrammyError)) throw error;
      if (/message is not modified/i.test(error.description)) return;
      if (!/message (to edit not found|can't be edited)|MESSAGE_ID_INVALID/i.test(error.description)) throw error;
      messageId = (await api.sendMessage(chatId, text, markup)).message_id;
      await moved(messageId);
    }
    shown = key;
  };

  const work = async () => {
    while (next) {
      const wanted = next;
      next = undefined;
      try {
        await write(wanted);
        isShown = true;
      } catch (error) {
        isShown = false;
        failed(error);
      }
      // Who has the last word does not wait.
      if (!isOver) await sleep(PACE, hurry.signal).catch(() => undefined);
    }
    working = undefined;
  };
  const put = (text: Text, buttons: InlineKeyboard | undefined) => {
    next = { text, buttons };
    working ??= work();
    return working;
  };

  return {
    get messageId() {
      return messageId;
    },
    show(text, buttons) {
      if (!isOver) void put(text, buttons);
    },
    async finish(text) {
      isOver = true;
      const last = put(text, undefined);
      hurry.abort();
      await last;
      return isShown;
    },
  };
}
