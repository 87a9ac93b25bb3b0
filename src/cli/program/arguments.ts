import { InvalidArgumentError } from '@commander-js/extra-typings';
import { parseDay } from '../../media/moment.ts';

/** What people type behind a command: checked here, with what was expected said where it is wrong. */

export const ACCOUNT = 'account UUID, Instagram id or @username';

export function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.filter(([, meaning]) => meaning).map(([command]) => command.length), 0);
  const rows = lines.map(([command, meaning]) =>
    meaning ? `  ${command.padEnd(width)}  # ${meaning}` : `  ${command}`,
  );
  return `\nExamples:\n${rows.join('\n')}\n`;
}

function whole(text: string, from: number, to: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new InvalidArgumentError(
      to === Number.MAX_SAFE_INTEGER
        ? `It must be a whole number from ${from} on.`
        : `It must be a whole number from ${from} to ${to}.`,
    );
  }
  return value;
}

export const positive = (text: string) => whole(text, 1, Number.MAX_SAFE_INTEGER);
export const concurrency = (text: string) => whole(text, 1, 64);
export const days = (text: string) => whole(text, 0, 36_500);
export const port = (text: string) => whole(text, 0, 65_535);
export function day(text: string): Date {
  const parsed = parseDay(text);
  if (!parsed) throw new InvalidArgumentError('It must be a day of the calendar, as 2025-01-31.');
  return parsed;
}

function matching(pattern: RegExp, expected: string): (text: string) => string {
  return (text) => {
    if (!pattern.test(text)) throw new InvalidArgumentError(`It must be ${expected}.`);
    return text;
  };
}

/** An address of this machine, or a name of it. */
export const hostAddress = matching(/^[\da-z:.-]{1,253}$/i, 'an address such as 127.0.0.1 or 0.0.0.0');
export const instagramId = matching(/^\d{5,32}$/, "Meta's numeric id, digits only, as 17841400000000001");
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
export const httpsAddress = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && !url.hash && !url.search && !url.username) return text;
  throw new InvalidArgumentError('Expected an https address, the same letter by letter as it is registered.');
};
export const uuid = matching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, 'the id that list-media shows');
export function chat(text: string): number {
  const id = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(id)) {
    throw new InvalidArgumentError("It must be a chat's number, as Telegram has it.");
  }
  return id;
}
export const username = (text: string): string =>
  matching(/^[\w.]{1,50}$/, 'a name on Instagram: letters, digits, dots and underscores')(text.replace(/^@/, ''));
