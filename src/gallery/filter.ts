import { type Expression, expressionBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import { textSearchOf } from '../catalogue/search/text-search.ts';
import type { Database } from '../db/open.ts';
import type { Schema } from '../db/schema.ts';
import { parseSearch } from './search.ts';

export type PostKind = Selectable<Schema['instagram_posts']>['kind'];

/** Which posts are asked for: those that pass everything that is set. */
export interface PostFilter {
  readonly kinds?: readonly PostKind[] | undefined;
  readonly since?: Date | undefined;
  /** Posted before. */
  readonly until?: Date | undefined;
  readonly account?: string | undefined;
  /** As it was typed. */
  readonly search?: string | undefined;
  /** Without its #. */
  readonly hashtag?: string | undefined;
  /** `missing`: some item is not in the library, or its file is missing on disk. `poster`: of a video only its still is. */
  readonly state?: 'missing' | 'poster' | undefined;
  /** A run that kept something of them. */
  readonly run?: string | undefined;
}

/**
 * The conditions of a filter, on `instagram_posts`. Where rows are read in an order that no index of theirs has, kind and
 * account are tested row by row.
 */
export function conditionsOf(
  { dialect }: Database,
  filter: PostFilter,
  { isInOrderOfLikes = false } = {},
): Expression<SqlBool>[] {
  const row = expressionBuilder<Schema, 'instagram_posts'>();
  const conditions: Expression<SqlBool>[] = [];
  const { kinds, since, until, account, search, hashtag, state, run } = filter;
  const text = textSearchOf(dialect);

  const isOneOf = (column: 'kind' | 'account_id', values: readonly string[]) =>
    isInOrderOfLikes
      ? dialect.isAmong(row.ref(column), sql`(${sql.join(values)})`)
      : sql<SqlBool>`${sql.ref(column)} in (${sql.join(values)})`;
  if (kinds) conditions.push(isOneOf('kind', kinds));
  if (since) conditions.push(row('posted_at', '>=', since));
  if (until) conditions.push(row('posted_at', '<', until));
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
    const gone = row
      .selectFrom('media_file_states')
      .innerJoin('instagram_items', 'instagram_items.media_item_id', 'media_file_states.media_item_id')
      .select('post_id')
      .where('state', '=', 'missing');
    conditions.push(dialect.isAmong(id, items.where('media_item_id', 'is', null).unionAll(gone)));
  }
  // Not `= true` by a parameter: SQLite would not see that its index holds just these.
  if (state === 'poster') conditions.push(dialect.isAmong(id, items.where(sql<SqlBool>`is_poster`)));
  if (run) conditions.push(dialect.isAmong(id, items.where('run_id', '=', run)));
  return conditions;
}
