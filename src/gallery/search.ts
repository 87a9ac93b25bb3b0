/** A parsed search. A post has to match all of it. */
export interface Search {
  /** Words that the full-text index can find. */
  readonly words: readonly string[];
  /** Hashtags, without their #. */
  readonly hashtags: readonly string[];
  /** Text that the index cannot find. */
  readonly texts: readonly string[];
}

/** A hashtag or a word. Neither begins with a combining mark: a mark on its own belongs to an emoji. */
const PARTS = /#(?<hashtag>[\p{L}\p{N}_][\p{L}\p{N}\p{Mn}\p{Mc}_]*)|(?<word>[\p{L}\p{N}][\p{L}\p{N}\p{Mn}\p{Mc}]*)/gu;

/** Displays the character before it as an emoji. */
const EMOJI_STYLE = /\ufe0f/g;

/** Scripts with spaces between words. In others, the databases index a whole sentence as one word. */
const SPACED = ['Latin', 'Greek', 'Cyrillic', 'Armenian', 'Georgian', 'Hebrew', 'Arabic', 'Devanagari', 'Hangul'];
const INDEXED = new RegExp(`^[0-9\\p{M}${SPACED.map((script) => `\\p{Script=${script}}`).join('')}]+$`, 'u');

/** Parses a search. The only operator is the # of a hashtag. */
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
