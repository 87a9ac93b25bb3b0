import { type Expression, type SqlBool, sql } from 'kysely';

/** Full-text search with SQLite's FTS5 index, `instagram_texts_index`. */
export const sqliteSearch = {
  hasWords: (words: readonly string[]): Expression<SqlBool> =>
    matchesIndex(`caption : (${words.map((word) => `"${word}" *`).join(' AND ')})`),
  hasHashtag: (hashtag: string, match: 'whole' | 'beginning'): Expression<SqlBool> =>
    matchesIndex(`hashtags : "#${hashtag}"${match === 'whole' ? '' : ' *'}`),
};

// The sign before the column keeps SQLite from choosing its index.
const matchesIndex = (query: string) => sql<SqlBool>`+instagram_posts.instagram_media_id in (
  select instagram_texts.post_id from instagram_texts_index
  join instagram_texts on instagram_texts.id = instagram_texts_index.rowid
  where instagram_texts_index match ${query}
)`;
