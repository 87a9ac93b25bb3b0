import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { type Api, InlineKeyboard, InputFile, InputMediaBuilder } from 'grammy/web';
import { nameOf } from '../accounts/accounts.ts';
import type { StartRequest } from '../app/backfill/request.ts';
import { type BackfillRun, startBackfill } from '../app/backfill/start.ts';
import type { App } from '../app/open.ts';
import { initialStatus } from '../backfill/counted.ts';
import { emptyReport } from '../backfill/report.ts';
import { InterruptedError, type StorylineError } from '../errors.ts';
import { linkSignals } from '../lib/link-signals.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import { formatMoment } from '../media/moment.ts';
import { type BackfillArguments, describe } from './backfill-arguments.ts';
import { createLiveMessage } from './live-message.ts';
import { progressText, resultText } from './progress.ts';
import { BRIEFLY, insist, inWords, RESULT } from './telegram-errors.ts';
import { bold, clip, lines, say, type Text } from './text.ts';

/** The prefix of a Cancel button's data; the run's id follows. */
export const CANCEL = 'cancel:';

/** The newest photos of a run that are shown when it ends; a media group of Telegram holds at most ten. */
const PICTURES_SHOWN = 4;
const PHOTOS = ['image/jpeg', 'image/png'];
/** Telegram takes photos of up to 10 MB (https://core.telegram.org/bots/api#sendphoto). */
const LARGEST_PHOTO = 10 * 1000 * 1000;

/** A running backfill that was started in a chat. */
interface ChatRun {
  readonly id: string;
  readonly chatId: number;
  /** Who started it. */
  readonly by: string;
  readonly accountId: string;
  readonly account: string;
  readonly startedAt: Date;
  readonly abort: AbortController;
  /** Its messages, each with a Cancel button. */
  readonly messages: Set<number>;
}

interface Options {
  app: App;
  api: Api;
  /** Aborted when the program stops: ends the runs. */
  signal: AbortSignal;
  /** Aborted a little later: ends the last messages of runs. */
  closed: AbortSignal;
  /** Called when an answer was sent. */
  answered: (chatId: number, name: string, messageId: number) => Promise<void>;
}

/** A backfill to start. */
interface BackfillOrder {
  readonly chatId: number;
  /** Who wants it. */
  readonly by: string;
  readonly options: BackfillArguments;
}

export type ChatRuns = ReturnType<typeof createChatRuns>;

/** Who pressed a Cancel button, and on which message of which chat. */
interface Presser {
  readonly chatId: number;
  readonly messageId: number | undefined;
  readonly isAdmin: boolean;
}

/** The backfills started in chats: each runs in the background, and reports in a message. */
export function createChatRuns({ app, api, signal, closed, answered }: Options) {
  const runs = new Map<string, ChatRun>();
  /** Runs that are being started: they can be cancelled too. */
  const starting = new Set<Pick<ChatRun, 'chatId' | 'account' | 'abort'>>();
  /** Work in progress, from the start of a run to its last message. */
  const working = new Set<Promise<unknown>>();
  const { now, sleep, log } = app.outside;

  const track = <T>(work: Promise<T>): Promise<T> => {
    working.add(work);
    const forget = () => working.delete(work);
    work.then(forget, forget);
    return work;
  };

  const begin = async ({ chatId, by, options }: BackfillOrder): Promise<Text | undefined> => {
    const account = await app.accounts.choose(undefined, chatId);
    const other = [...runs.values()].find((run) => run.accountId === account.id);
    if (other) return inProgress(other, chatId);
    const abort = new AbortController();
    const link = linkSignals([signal, abort.signal]);
    const request: StartRequest = {
      account: account.id,
      mediaType: options.mediaType,
      collaborations: false,
      since: options.since,
      until: undefined,
      limit: options.limit,
      dryRun: options.dryRun,
      incremental: false,
      retryFailed: false,
      wait: true,
      triggeredBy: 'telegram',
    };
    const start = { chatId, account: nameOf(account), abort };
    starting.add(start);
    const run = await startBackfill(app, request, link.signal)
      .catch((error: unknown) => {
        link.dispose();
        throw error;
      })
      .finally(() => starting.delete(start));
    const heading = headingOf(options, nameOf(run.account));
    const buttons = new InlineKeyboard().text('Cancel', `${CANCEL}${run.id}`);
    const first = progressText(initialStatus(options.dryRun), { heading, limit: options.limit, seconds: 0 });
    const messages = new Set<number>();
    runs.set(run.id, {
      id: run.id,
      chatId,
      by,
      accountId: account.id,
      account: nameOf(account),
      startedAt: now(),
      abort,
      messages,
    });
    const sending = insist(
      () => api.sendMessage(chatId, first.text, { entities: [...first.entities], reply_markup: buttons }),
      BRIEFLY,
      { sleep, signal: link.signal },
    );
    const { message_id } = await unlessAborted(sending, link.signal).catch(async (error: unknown) => {
      const cancelled = abort.signal.aborted ? abort.signal.reason : undefined;
      // Telegram may have sent the message: then it must not look as if the run continued.
      if (link.signal.aborted) {
        const stoppedBy = cancelled ?? new InterruptedError();
        const text = resultText(emptyReport(options.dryRun), { heading, stoppedBy, hint: hintFor(stoppedBy) });
        track(sending.then((sent) => finishLate(chatId, sent.message_id, text))).catch(() => undefined);
      }
      // Nobody could see or stop this run: it ends, and releases its account.
      await run.dispose();
      runs.delete(run.id);
      link.dispose();
      throw cancelled ?? error;
    });
    messages.add(message_id);
    const done = tell(run, { chatId, messageId: message_id, options, heading, buttons, messages }).finally(async () => {
      runs.delete(run.id);
      await run.dispose();
      link.dispose();
    });
    track(done).catch((bug: unknown) => log.error(`a run of a chat broke: ${bug instanceof Error ? bug.stack : bug}`));
    return undefined;
  };

  interface RunMessage {
    chatId: number;
    messageId: number;
    options: BackfillArguments;
    heading: Text;
    buttons: InlineKeyboard;
    messages: Set<number>;
  }

  const tell = async (
    run: BackfillRun,
    { chatId, messageId, options, heading, buttons, messages }: RunMessage,
  ): Promise<void> => {
    const began = now().getTime();
    const message = createLiveMessage({
      api,
      chatId,
      messageId,
      sleep,
      insistence: RESULT,
      signal: closed,
      moved: async (message_id) => {
        messages.add(message_id);
        await app.runs.noteMessage(run.id, { chat_id: chatId, message_id });
      },
      failed: (reason) => log.warn(`the message of a run could not be updated: ${reason}`),
    });
    await note(run.id, chatId, messageId);
    const pictures: Picture[] = [];
    for await (const event of run.events) {
      if (event.type === 'ended') {
        const { stoppedBy } = event;
        // Its account is free even if Telegram does not accept the last message.
        runs.delete(run.id);
        const isFinished = await message.finish(
          resultText(event.report, { heading, stoppedBy, hint: hintFor(stoppedBy) }),
        );
        // A message that could not be finished is finished at the next start.
        if (isFinished) await app.runs.noteMessage(run.id, undefined);
        if (isFinished) await answered(chatId, 'backfill_result', message.messageId);
        continue;
      }
      if (event.type === 'kept' && PHOTOS.includes(event.file.mime) && event.file.size < LARGEST_PHOTO) {
        addNewest(pictures, { path: event.file.path, postedAt: event.item.postedAt?.getTime() ?? 0 });
      }
      const seconds = (now().getTime() - began) / 1000;
      message.show(progressText(event.status, { heading, limit: options.limit, seconds }), buttons);
    }
    if (pictures.length > 0 && !signal.aborted) await showPictures(chatId, pictures);
  };

  const finishLate = async (chatId: number, messageId: number, { text, entities }: Text): Promise<void> => {
    const edit = () => api.editMessageText(chatId, messageId, text, { entities: [...entities] });
    await insist(edit, RESULT, { sleep, signal: closed });
  };

  /** A failure to record the message does not stop the run. */
  const note = async (runId: string, chatId: number, messageId: number): Promise<void> => {
    try {
      await app.runs.noteMessage(runId, { chat_id: chatId, message_id: messageId });
      await answered(chatId, 'backfill', messageId);
    } catch (error) {
      log.warn(`the message of a run could not be recorded: ${error instanceof Error ? error.message : error}`);
    }
  };

  const showPictures = async (chatId: number, pictures: readonly Picture[]): Promise<void> => {
    try {
      const [first] = pictures;
      await insist(
        async () => {
          if (pictures.length === 1 && first) await api.sendPhoto(chatId, upload(first.path));
          else {
            const photos = pictures.map(({ path }) => InputMediaBuilder.photo(upload(path)));
            await api.sendMediaGroup(chatId, photos);
          }
        },
        BRIEFLY,
        { sleep, signal },
      );
    } catch (error) {
      // They are in the library anyway.
      log.warn(`the newest photos could not be sent: ${inWords(error)}`);
    }
  };

  return {
    /** Starts a run. @returns the answer if a run of this account is already running. @throws {StorylineError} */
    begin: (order: BackfillOrder): Promise<Text | undefined> => track(begin(order)),

    /** Whether any chat has a running backfill. */
    isBusy: (): boolean => runs.size > 0 || starting.size > 0,

    /** Cancels the runs of a chat, starting ones included; returns the names of their accounts. */
    cancelIn(chatId: number): string[] {
      const here = [...starting, ...runs.values()].filter((run) => run.chatId === chatId);
      for (const { abort } of here) abort.abort(cancelled());
      return here.map(({ account }) => account);
    },

    /** Cancels the run of a Cancel button. Only an admin may do that from another chat or message. */
    cancel(runId: string, { chatId, messageId, isAdmin }: Presser): 'cancelled' | 'over' | 'elsewhere' {
      const run = runs.get(runId);
      if (!run) return 'over';
      const isItsOwn = run.chatId === chatId && messageId !== undefined && run.messages.has(messageId);
      if (!isItsOwn && !isAdmin) return 'elsewhere';
      run.abort.abort(cancelled());
      return 'cancelled';
    },

    /** Resolves when every run has closed its record and sent its last message. */
    async settled(): Promise<void> {
      while (working.size > 0) await Promise.allSettled([...working]);
    },
  };
}

const cancelled = () => new InterruptedError('Cancelled in the chat');

function inProgress({ account, by, startedAt, chatId }: ChatRun, here: number): Text {
  const where = chatId === here ? 'in this chat' : 'in another chat';
  return lines(
    say`A backfill of ${bold(account)} is already running: ${by} started it ${where}, ${formatMoment(startedAt)}.`,
    chatId === here ? '/cancel stops it.' : undefined,
  );
}

const headingOf = (options: BackfillArguments, account: string): Text =>
  lines(say`${bold('Instagram backfill')} of ${bold(account)}`, describe(options));

const hintFor = (stoppedBy: StorylineError | undefined): string | undefined =>
  stoppedBy instanceof InterruptedError
    ? 'Downloaded files are kept. Send /backfill again to continue.'
    : stoppedBy?.hint;

interface Picture {
  readonly path: string;
  readonly postedAt: number;
}

/** A file that is read when it is sent. */
const upload = (path: string): InputFile => new InputFile(contentOf(path), basename(path));

async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path);
}

function addNewest(pictures: Picture[], picture: Picture): void {
  pictures.push(picture);
  pictures.sort((a, b) => b.postedAt - a.postedAt);
  pictures.length = Math.min(pictures.length, PICTURES_SHOWN);
}

/** An expected error, as a chat shows it. */
export const problemText = (error: StorylineError): Text =>
  lines(clip(error.message, 600), error.hint ? clip(error.hint, 600) : undefined);
