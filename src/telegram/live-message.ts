import { type Api, GrammyError, type InlineKeyboard } from 'grammy/web';
import { type Insistence, insist, inWords, isFromTelegram, waitAsked } from './telegram-errors.ts';
import { fitted, type Text } from './text.ts';

/** Milliseconds between edits: Telegram allows about one message per second in a chat. */
export const PACE = 3000;
/** The longest pause between edits that Telegram may ask for, in milliseconds. */
const LONGEST_PAUSE = 5 * 60_000;

export interface LiveMessage {
  /** Shows this text soon; a text that is replaced before it was shown is skipped. */
  show(text: Text, buttons?: InlineKeyboard): void;
  /** Shows this text as the last one; false if that failed. */
  finish(text: Text): Promise<boolean>;
  /** The present message: it changes if the message had to be sent again. */
  readonly messageId: number;
}

interface Options {
  api: Api;
  chatId: number;
  messageId: number;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** How long the last text is retried, in milliseconds. */
  insistence: Insistence;
  /** Ends the retries. */
  signal: AbortSignal;
  /** Called with the new id if the message had to be sent again. */
  moved: (messageId: number) => Promise<void>;
  /** Called with the reason when updates begin to fail. The run continues without them. */
  failed: (reason: string) => void;
}

/** Keeps a message up to date; if it was deleted or is too old to edit, it is sent again. */
export function createLiveMessage(options: Options): LiveMessage {
  const { api, chatId, sleep, insistence, signal, moved, failed } = options;
  let messageId = options.messageId;
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

  /** Writes, and returns the pause before the next edit in milliseconds. Only the last text is retried: others are soon out of date. */
  const attempt = async (update: NonNullable<typeof next>): Promise<number> => {
    try {
      await (isOver ? insist(() => write(update), insistence, { sleep, signal }) : write(update));
      isShown = true;
      return PACE;
    } catch (error) {
      if (isShown || isOver) failed(isFromTelegram(error) ? inWords(error) : String(error));
      isShown = false;
      return Math.min(LONGEST_PAUSE, Math.max(PACE, waitAsked(error) ?? 0));
    }
  };

  const work = async () => {
    while (next) {
      const update = next;
      next = undefined;
      const pause = await attempt(update);
      // The last text is not delayed.
      if (!isOver) await sleep(pause, hurry.signal).catch(() => undefined);
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
