import { de } from './de.ts';
import { en, type Words } from './en.ts';
import { createFormats } from './formats.ts';
import { pickLanguage } from './pick-language.ts';

const all: Readonly<Record<string, Words>> = { en, de };

/** The first language of the browser's that we speak; numbers and dates follow its region, such as `de-AT`. */
const chosen = pickLanguage(navigator.languages, Object.keys(all));

export const words: Words = all[chosen.language] ?? en;
export const formats = createFormats(chosen.locale);
export const { language } = chosen;
