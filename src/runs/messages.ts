import type { Database } from '../db/database.ts';
import type { Kinds } from './kinds.ts';
import type { createRunViews, RunView } from './views.ts';

/** A message on Telegram, in Telegram's words. */
export interface RunMessage {
  readonly chat_id: number;
  readonly message_id: number;
}

/** How many runs back a message is finished: nobody looks at older ones. */
const MESSAGES_REMEMBERED = 100;

/** The messages in which runs report, for as long as they are not finished. */
export function createRunMessages<K extends Kinds>(
  { query }: Database,
  views: Pick<ReturnType<typeof createRunViews<K>>, 'recent'>,
) {
  return {
    /** Remembers the message of a run; undefined once it is finished. */
    async noteMessage(id: string, message: RunMessage | undefined): Promise<void> {
      await query
        .updateTable('service_runs')
        .set({ context_metadata: message ? { telegram: { ...message } } : null })
        .where('id', '=', id)
        .execute();
    },

    /** Runs whose message is not finished, newest first. */
    async withMessages(): Promise<{ run: RunView<K>; message: RunMessage }[]> {
      const rows = await query
        .selectFrom('service_runs')
        .select(['id', 'context_metadata'])
        .where('triggered_by', '=', 'telegram')
        .where('context_metadata', 'is not', null)
        .execute();
      const messages = new Map(rows.map((row) => [row.id, messageIn(row.context_metadata)]));
      return (await views.recent(MESSAGES_REMEMBERED)).flatMap((run) => {
        const message = messages.get(run.id);
        return message ? [{ run, message }] : [];
      });
    },
  };
}

/** Rows of other programs may hold anything here. */
function messageIn(metadata: unknown): RunMessage | undefined {
  const found = (metadata as { telegram?: Partial<RunMessage> } | null)?.telegram;
  if (typeof found?.chat_id !== 'number' || typeof found.message_id !== 'number') return undefined;
  return { chat_id: found.chat_id, message_id: found.message_id };
}
