import { type Expression, type SqlBool, sql } from 'kysely';

/** Full-text search with PostgreSQL's `tsvector` column, `instagram_posts.words`. */
export const postgresSearch = {
  hasWords: (words: readonly string[]): Expression<SqlBool> => hasLexemes(words.map((word) => lexeme(word, ':*'))),
  hasHashtag(hashtag: string, match: 'whole' | 'beginning'): Expression<SqlBool> {
    const parts = hashtag.split('_').filter(Boolean);
    const isWhole = match === 'whole';
    const lexemes = parts.map((part, at) => lexeme(part, isWhole || at < parts.length - 1 ? '' : ':*'));
    const pattern = `#(${spellingsOf(hashtag).join('|')})${isWhole ? END_OF_HASHTAG : ''}`;
    return sql`(${hasLexemes(lexemes)} and instagram_posts.caption ~* ${pattern})`;
  },
};

/** An operand of `to_tsquery`. In a database without a locale only ASCII letters have a case. */
function lexeme(word: string, suffix: ':*' | ''): string {
  const spellings = /^\w+$/.test(word) ? [word] : spellingsOf(word);
  return `(${spellings.map((spelling) => `'${spelling}'${suffix}`).join(' | ')})`;
}

const hasLexemes = (lexemes: readonly string[]) =>
  lexemes.length === 0
    ? sql<SqlBool>`true`
    : sql<SqlBool>`instagram_posts.words @@ to_tsquery('simple'::regconfig, ${lexemes.join(' & ')})`;

/** PostgreSQL does not count combining marks as letters: these follow Latin, Arabic and Indic ones. */
const END_OF_HASHTAG = '(?![\\w\\u0300-\\u036F\\u064B-\\u065F\\u0900-\\u0963\\u0966-\\u0DFF])';

/** The usual spellings of a word: PostgreSQL tells apart what people do not. */
function spellingsOf(word: string): string[] {
  const lower = word.toLowerCase();
  const capital = lower.replace(/^./u, (first) => first.toUpperCase());
  const spellings = [word, lower, word.toUpperCase(), capital];
  return [...new Set(spellings.flatMap((spelling) => [spelling.normalize('NFC'), spelling.normalize('NFD')]))];
}
