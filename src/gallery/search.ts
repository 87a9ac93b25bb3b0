/** What was typed into the search, taken apart. All of it must be met. */
export interface Search {
  /** Words that the database's index knows. */
  readonly words: readonly string[];
  /** Hashtags, without their #. */
  readonly hashtags: readonly string[];
  /** Text to be looked for letter by letter. */
  readonly texts: readonly string[];
}

/** A hashtag or a word. Neither begins with a mark: those that stand alone belong to an emoji. */
const PARTS = /#(?<hashtag>[\p{L}\p{N}_][\p{L}\p{N}\p{Mn}\p{Mc}_]*)|(?<word>[\p{L}\p{N}][\p{L}\p{N}\p{Mn}\p{Mc}]*)/gu;

/** Makes an emoji of the sign before it. */
const EMOJI_STYLE = /\ufe0f/g;

/** Scripts that put spaces between words; of others the databases make one word of a whole sentence. */
const SPACED = ['Latin', 'Greek', 'Cyrillic', 'Armenian', 'Georgian', 'Hebrew', 'Arabic', 'Devanagari', 'Hangul'];
const INDEXED = new RegExp(`^[0-9\\p{M}${SPACED.map((script) => `\\p{Script=${script}}`).join('')}]+$`, 'u');

/** Takes apart what people type: nothing in it is an operator, but for the # of a hashtag. */
export function parseSearch(typed: string): Search {
  const words: string[] = [];
  const hashtags: string[] = [];
  const texts: string[] = [];
  for (const { groups } of typed.replace(EMOJI_STYLE, ' ').matchAll(PARTS)) {
    const { hashtag, word } = groups ?? {};
    if (hashtag && /[^_]/.test(hashtag)) hashtags.push(hashtag);
    if (word) (INDEXED.test(word) ? words : texts).push(word);
  }
  const isEmpty = words.length + hashtags.length + texts.length === 0;
  return isEmpty ? { words, hashtags, texts: [typed.trim()] } : { words, hashtags, texts };
}
