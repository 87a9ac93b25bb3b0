/**
 * Control characters, line and paragraph separators, characters that turn the direction of text, marks that cannot be
 * seen, and halves of characters. Each could steer a terminal, forge a line, or show a text as another one.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u206f\ufeff\ufff9-\ufffb]+/gu;

/** Text from outside as one line that cannot steer the terminal. */
export const oneLine = (text: string): string => text.replace(UNSAFE, ' ');

/** The same, cut to so many characters. */
export function shortLine(text: string, most: number): string {
  // More than a few times that is never shown, and need not be looked at.
  const letters = [...oneLine(text.slice(0, 4 * most)).trim()];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : letters.join('');
}
