/** A stranger gets one answer in so many milliseconds, and so does a chat of strangers. */
const EACH = 60 * 60 * 1000;
/** All strangers together get so many answers in a minute. */
const PER_MINUTE = 10;
const MINUTE = 60 * 1000;
/** Those whose answer is remembered. */
const REMEMBERED = 2000;

/** Says whether a stranger is answered, and with that recorded, now. */
export function createStrangers({ now }: { now: () => Date }) {
  const answeredAt = new Map<string, number>();
  let minute: number[] = [];

  // A clock that was set back makes nobody wait longer.
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
