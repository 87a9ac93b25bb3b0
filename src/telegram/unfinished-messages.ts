import type { Api } from 'grammy/web';
import type { App } from '../app/open.ts';
import { storedResultText } from './answers.ts';
import { createLiveMessage } from './live-message.ts';
import { BRIEFLY } from './telegram-errors.ts';

/** Finishes the messages of runs whose process ended before it could: each then shows how its run ended. */
export async function finishMessages(app: App, api: Api, signal: AbortSignal): Promise<void> {
  const { log, sleep } = app.outside;
  await app.runs.closeDead();
  for (const { run, message } of await app.runs.withMessages()) {
    if (signal.aborted) return;
    if (run.status === 'running') continue;
    const live = createLiveMessage({
      api,
      chatId: message.chat_id,
      messageId: message.message_id,
      sleep,
      insistence: BRIEFLY,
      signal,
      moved: async () => undefined,
      failed: (reason) => log.warn(`the message of an earlier run could not be finished: ${reason}`),
    });
    if (await live.finish(storedResultText(run))) await app.runs.noteMessage(run.id, undefined);
  }
}
