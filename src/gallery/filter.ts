import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely';
import { textSearchOf } from '../catalogue/search/text-search.ts';
import type { PostFilter } from '../contract/posts.ts';
import type { Database } from '../db/open.ts';
import type { Schema } from '../db/schema.ts';
import { parseDay } from '../media/moment.ts';
import { parseSearch } from './search.ts';

/**
 * The conditions of a filter, on `instagram_posts`: a post has to meet all of them. In the order of likes, which no index
 * of kind or account has, both are tested row by row.
 */
export function conditionsOf(
  { dialect }: Database,
  filter: PostFilter,
  { isInOrderOfLikes = false } = {},
): Expression<SqlBool>[] {
  const row = expressionBuilder<Schema, 'instagram_posts'>();
  const conditions: Expression<SqlBool>[] = [];
  const { kind, since, until, account, search, hashtag, state, run } = filter;
  const text = textSearchOf(dialect);

  const isOneOf = (column: 'kind' | 'account_id', values: readonly string[]) =>
    isInOrderOfLikes
      ? dialect.isAmong(row.ref(column), sql`(${sql.join(values)})`)
      : sql<SqlBool>`${sql.ref(column)} in (${sql.join(values)})`;
  if (kind) conditions.push(isOneOf('kind', kind));
  const first = since && parseDay(since);
  const end = until && parseDay(until);
  if (first) conditions.push(row('posted_at', '>=', first));
  if (end) conditions.push(row('posted_at', '<', end));
  if (account) conditions.push(isOneOf('account_id', [account]));
  if (hashtag) conditions.push(text.hasHashtag(hashtag, 'whole'));
  if (search) {
    const { words, hashtags, texts } = parseSearch(search);
    if (words.length > 0) conditions.push(text.hasWords(words));
    conditions.push(...hashtags.map((typed) => text.hasHashtag(typed, 'beginning')));
    conditions.push(...texts.map((typed) => dialect.contains(row.ref('caption'), typed)));
  }

  const id = row.ref('instagram_posts.instagram_media_id');
  const items = row.selectFrom('instagram_items').select('post_id');
  if (state === 'missing') {
    const lost = row
      .selectFrom('media_file_states')
      .innerJoin('instagram_items', 'instagram_items.media_item_id', 'media_file_states.media_item_id')
      .select('post_id')
      .where('state', '=', 'missing');
    conditions.push(dialect.isAmong(id, items.where('media_item_id', 'is', null).unionAll(lost)));
  }
  // Not `= true` with a parameter: SQLite would not use its partial index.
  if (state === 'poster') conditions.push(dialect.isAmong(id, items.where(sql<SqlBool>`is_poster`)));
  if (run) conditions.push(dialect.isAmong(id, items.where('run_id', '=', run)));
  return conditions;
}
