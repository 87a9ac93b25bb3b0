import { type Api, InlineKeyboard, InputFile, InputMediaBuilder } from 'grammy';
import { nameOf } from '../accounts/accounts.ts';
import type { App } from '../app.ts';
import { atFirst, follow } from '../backfill/standing.ts';
import { InterruptedError, type StorylineError } from '../errors.ts';
import { formatMoment } from '../media/moment.ts';
import { type BackfillRun, type StartRequest, startBackfill } from '../start-backfill.ts';
import { type BackfillArguments, describe } from './backfill-arguments.ts';
import { createLiveMessage } from './live-message.ts';
import { progressText, resultText } from './progress.ts';
import { bold, clip, lines, say, type Text } from './text.ts';

/** What a Cancel button carries: behind it the run's id. */
export const CANCEL = 'cancel:';

/** The newest pictures that came are shown as proof, so many at most: Telegram's media groups hold ten. */
const PICTURES_SHOWN = 4;
const PHOTOS = ['image/jpeg', 'image/png'];
/** Telegram takes photos of up to 10 MB (https://core.telegram.org/bots/api#sendphoto). */
const LARGEST_PHOTO = 10 * 1000 * 1000;

/** A run that was asked for in a chat, while it is under way. */
interface ChatRun {
  readonly id: string;
  readonly chatId: number;
  /** Who asked for it. */
  readonly by: string;
  readonly accountId: string;
  readonly account: string;
  readonly startedAt: Date;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

interface Options {
  app: App;
  api: Api;
  /** Aborted when the program stops. */
  signal: AbortSignal;
  /** Told of what was answered. */
  answered: (chatId: number, name: string, messageId: number) => Promise<void>;
}

interface Asked {
  readonly chatId: number;
  /** Who asks. */
  readonly by: string;
  readonly asked: BackfillArguments;
}

export type ChatRuns = ReturnType<typeof createChatRuns>;

/** The runs that chats have asked for: each goes on by itself, and tells of itself in a message. */
export function createChatRuns({ app, api, signal, answered }: Options) {
  const runs = new Map<string, ChatRun>();
  const { now, sleep, log } = app.outside;

  const begin = async ({ chatId, by, asked }: Asked): Promise<Text | undefined> => {
    const account = await app.accounts.choose(undefined, chatId);
    const other = [...runs.values()].find((run) => run.accountId === account.id);
    if (other) return inProgress(other, chatId);
    const abort = new AbortController();
    const request: StartRequest = {
      account: account.id,
      mediaType: asked.mediaType,
      collaborations: false,
      since: asked.since,
      until: undefined,
      limit: asked.limit,
      dryRun: asked.dryRun,
      incremental: false,
      retryFailed: false,
      wait: true,
      triggeredBy: 'telegram',
    };
    const run = await startBackfill(app, request, AbortSignal.any([signal, abort.signal]));
    // A run that nobody can see or stop must not go on: its account is free again.
    const orGiveUp = async (error: unknown): Promise<never> => {
      await run.dispose();
      throw error;
    };
    const heading = headingOf(asked, nameOf(run.account));
    const buttons = new InlineKeyboard().text('Cancel', `${CANCEL}${run.id}`);
    const first = progressText(atFirst(asked.dryRun), { heading, limit: asked.limit, seconds: 0 });
    const { message_id } = await api
      .sendMessage(chatId, first.text, { entities: [...first.entities], reply_markup: buttons })
      .catch(orGiveUp);
    await app.runs.noteMessage(run.id, { chat_id: chatId, message_id }).catch(orGiveUp);
    await answered(chatId, 'backfill', message_id).catch(orGiveUp);
    const done = tell(run, { chatId, messageId: message_id, asked, heading, buttons }).finally(async () => {
      runs.delete(run.id);
      await run.dispose();
    });
    done.catch((bug: unknown) => log.error(`a run of a chat broke: ${bug instanceof Error ? bug.stack : bug}`));
    runs.set(run.id, {
      id: run.id,
      chatId,
      by,
      accountId: account.id,
      account: nameOf(account),
      startedAt: now(),
      abort,
      done,
    });
    return undefined;
  };

  interface Told {
    chatId: number;
    messageId: number;
    asked: BackfillArguments;
    heading: Text;
    buttons: InlineKeyboard;
  }

  const tell = async (run: BackfillRun, { chatId, messageId, asked, heading, buttons }: Told): Promise<void> => {
    const began = now().getTime();
    const message = createLiveMessage({
      api,
      chatId,
      messageId,
      sleep,
      moved: (message_id) => app.runs.noteMessage(run.id, { chat_id: chatId, message_id }),
      failed: (error) => log.warn(`the message of a run could not be shown: ${(error as Error).message}`),
    });
    const pictures: Picture[] = [];
    let standing = atFirst(asked.dryRun);
    for await (const event of run.events) {
      if (event.type === 'ended') {
        const { stoppedBy } = event;
        const isTold = await message.finish(resultText(event.report, { heading, stoppedBy, hint: hintFor(stoppedBy) }));
        // What could not be told is told at the next start.
        if (isTold) await app.runs.noteMessage(run.id, undefined);
        if (isTold) await answered(chatId, 'backfill_result', message.messageId);
        continue;
      }
      if (event.type === 'kept' && PHOTOS.includes(event.file.mime) && event.file.size < LARGEST_PHOTO) {
        addNewest(pictures, { path: event.file.path, postedAt: event.item.postedAt?.getTime() ?? 0 });
      }
      standing = follow(standing, event);
      const seconds = (now().getTime() - began) / 1000;
      message.show(progressText(standing, { heading, limit: asked.limit, seconds }), buttons);
    }
    if (pictures.length > 0 && !signal.aborted) await showPictures(chatId, pictures);
  };

  const showPictures = async (chatId: number, pictures: readonly Picture[]): Promise<void> => {
    try {
      const [first] = pictures;
      if (pictures.length === 1 && first) await api.sendPhoto(chatId, new InputFile(first.path));
      else
        await api.sendMediaGroup(
          chatId,
          pictures.map(({ path }) => InputMediaBuilder.photo(new InputFile(path))),
        );
    } catch (error) {
      // They are in the library whether they are shown or not.
      log.warn(`the newest pictures could not be shown: ${(error as Error).message}`);
    }
  };

  return {
    /** Starts a run; where one of the account is under way already, the answer that says whose. @throws {StorylineError} */
    begin,

    /** Those of a chat. */
    underWay: (chatId: number): readonly Pick<ChatRun, 'id' | 'account'>[] =>
      [...runs.values()].filter((run) => run.chatId === chatId),

    /** False where there is no such run (any more). */
    cancel(runId: string): boolean {
      const run = runs.get(runId);
      run?.abort.abort(new InterruptedError('Cancelled in the chat'));
      return run !== undefined;
    },

    /** Waits until every run has closed its record and said so. */
    async settled(): Promise<void> {
      await Promise.allSettled([...runs.values()].map(({ done }) => done));
    },
  };
}

function inProgress({ account, by, startedAt, chatId }: ChatRun, here: number): Text {
  const where = chatId === here ? 'in this chat' : 'in another chat';
  return lines(
    say`A backfill of ${bold(account)} is under way already: ${by} started it ${where}, ${formatMoment(startedAt)}.`,
    chatId === here ? '/cancel stops it.' : undefined,
  );
}

const headingOf = (asked: BackfillArguments, account: string): Text =>
  lines(say`${bold('Instagram backfill')} of ${bold(account)}`, describe(asked));

const hintFor = (stoppedBy: StorylineError | undefined): string | undefined =>
  stoppedBy instanceof InterruptedError
    ? 'What came stays. Run /backfill again: it goes on where this one stopped.'
    : stoppedBy?.hint;

interface Picture {
  readonly path: string;
  readonly postedAt: number;
}

function addNewest(pictures: Picture[], picture: Picture): void {
  pictures.push(picture);
  pictures.sort((a, b) => b.postedAt - a.postedAt);
  pictures.length = Math.min(pictures.length, PICTURES_SHOWN);
}

/** An expected error, as a chat shows it. */
export const problemText = (error: StorylineError): Text =>
  lines(clip(error.message, 600), error.hint ? clip(error.hint, 600) : undefined);
