import type { GraphErrorInput } from '../graph/graph-error.ts';

/** As Meta writes a moment in an error: `Friday, 01-May-26 05:00:00 PDT`. */
function metaTime(moment: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    weekday: 'long',
    day: '2-digit',
    month: 'short',
    year: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).formatToParts(moment);
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  const date = `${of('weekday')}, ${of('day')}-${of('month')}-${of('year')}`;
  return `${date} ${of('hour')}:${of('minute')}:${of('second')} ${of('timeZoneName')}`;
}

const INVALID = 'Error validating access token:';

export const noToken = (): GraphErrorInput => ({
  code: 190,
  status: 400,
  message: 'An active access token must be used to query information about the current user.',
});

export const unreadableToken = (): GraphErrorInput => ({
  code: 190,
  status: 401,
  message: 'Invalid OAuth access token - Cannot parse access token',
});

/** An app token, `id|secret`, whose secret is not the app's. */
export const badSignature = (): GraphErrorInput => ({
  code: 190,
  message: 'Invalid OAuth access token signature.',
});

export const expiredToken = (expiredAt: Date, now: Date): GraphErrorInput => ({
  code: 190,
  subcode: 463,
  message: `${INVALID} Session has expired on ${metaTime(expiredAt)}. The current time is ${metaTime(now)}.`,
});

const DEATHS: Readonly<Record<number, string>> = {
  459: 'You cannot access the app till you log in to www.facebook.com and follow the instructions given.',
  460: 'The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons.',
  464: 'Sessions for the user are not allowed because the user is not a confirmed user.',
  467: 'The session is invalid because the user logged out.',
  492: 'The user must be an administrator of the page in order to impersonate it.',
};

/** Subcode 460, a password that was changed, unless told. */
export function deadToken(subcode = 460, { appId, now }: { appId: string; now: Date }): GraphErrorInput {
  if (subcode === 463) return expiredToken(new Date(now.getTime() - 60_000), now);
  // Recorded in the notes of public clients, with the app's id at its end.
  const removed = `The user has not authorized application ${appId}.`;
  return {
    code: 190,
    subcode,
    message: `${INVALID} ${subcode === 458 ? removed : (DEATHS[subcode] ?? DEATHS[460])}`,
  };
}
