/** Milliseconds in which a stranger, or a chat of strangers, gets one answer. */
const EACH = 60 * 60 * 1000;
/** Answers per minute to all strangers together. */
const PER_MINUTE = 10;
const MINUTE = 60 * 1000;
/** People and chats whose last answer is remembered. */
const REMEMBERED = 2000;

/** Limits how often strangers are answered and recorded. */
export function createStrangers({ now }: { now: () => Date }) {
  const answeredAt = new Map<string, number>();
  let minute: number[] = [];

  // A clock that was set back does not extend the wait.
  const isWithin = (at: number, moment: number, span: number) => at <= moment && moment - at < span;
  const isDue = (key: string, moment: number) =>
    !isWithin(answeredAt.get(key) ?? Number.NEGATIVE_INFINITY, moment, EACH);

  return {
    mayBeAnswered({ personId, chatId }: { personId: number; chatId: number | undefined }): boolean {
      const moment = now().getTime();
      const keys = [`person ${personId}`, ...(chatId === undefined ? [] : [`chat ${chatId}`])];
      minute = minute.filter((at) => isWithin(at, moment, MINUTE));
      if (minute.length >= PER_MINUTE || !keys.every((key) => isDue(key, moment))) return false;
      minute.push(moment);
      for (const key of keys) {
        answeredAt.delete(key);
        answeredAt.set(key, moment);
      }
      while (answeredAt.size > REMEMBERED) answeredAt.delete(answeredAt.keys().next().value ?? '');
      return true;
    },
  };
}
