import { InvalidArgumentError } from '@commander-js/extra-typings';
import { parseDay } from '../media/moment.ts';

/** What people type after a flag. Each parser says what it expects if the text does not fit. */

function wholeNumber(text: string, from: number, to: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new InvalidArgumentError(
      to === Number.MAX_SAFE_INTEGER
        ? `It must be a whole number, ${from} or greater.`
        : `It must be a whole number from ${from} to ${to}.`,
    );
  }
  return value;
}

export const positive = (text: string) => wholeNumber(text, 1, Number.MAX_SAFE_INTEGER);
export const concurrency = (text: string) => wholeNumber(text, 1, 64);
export const days = (text: string) => wholeNumber(text, 0, 36_500);
export const port = (text: string) => wholeNumber(text, 0, 65_535);

export function day(text: string): Date {
  const parsed = parseDay(text);
  if (!parsed) throw new InvalidArgumentError('Use a date such as 2025-01-31.');
  return parsed;
}

function matching(pattern: RegExp, expected: string): (text: string) => string {
  return (text) => {
    if (!pattern.test(text)) throw new InvalidArgumentError(`It must be ${expected}.`);
    return text;
  };
}

/** An address or host name of this machine. */
export const hostAddress = matching(/^[\da-z:.-]{1,253}$/i, 'an address such as 127.0.0.1 or 0.0.0.0');
export const instagramId = matching(/^\d{5,32}$/, "Meta's numeric id, digits only, such as 17841400000000001");
export const uuid = matching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, 'an id from list-media --json');

const instagramName = matching(/^[\w.]{1,50}$/, 'an Instagram username: letters, digits, dots and underscores');
export const username = (text: string): string => instagramName(text.replace(/^@/, ''));

/** For a flag that may be repeated. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export function httpsAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && !url.hash && !url.search && !url.username) return text;
  throw new InvalidArgumentError('It must be an https address, exactly as it is registered with your app.');
}

export function chat(text: string): number {
  const id = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(id)) {
    throw new InvalidArgumentError('It must be a numeric Telegram chat id.');
  }
  return id;
}
