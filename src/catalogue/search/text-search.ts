import type { Expression, SqlBool } from 'kysely';
import type { Dialect } from '../../db/dialect.ts';
import { postgresSearch } from './postgres.ts';
import { sqliteSearch } from './sqlite.ts';

/** Conditions on `instagram_posts` that the full-text index answers. Case is ignored. */
export interface TextSearch {
  /** True if the caption has all of these words, or words that begin with them. Only for scripts with spaces between words. */
  hasWords(words: readonly string[]): Expression<SqlBool>;
  /** True if the caption has this hashtag (without its #), or one that begins with it. */
  hasHashtag(hashtag: string, match: 'whole' | 'beginning'): Expression<SqlBool>;
}

/** The full-text search of a database of this kind. */
export const textSearchOf = ({ kind }: Pick<Dialect, 'kind'>): TextSearch =>
  kind === 'sqlite' ? sqliteSearch : postgresSearch;
