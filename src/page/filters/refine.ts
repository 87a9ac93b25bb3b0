import type { Query } from '../address.ts';
import { go } from '../navigation.ts';

/** Changes the query; undefined removes a filter. */
export function refine(query: Query, change: { readonly [K in keyof Query]?: Query[K] | undefined }): void {
  go({ query: { ...query, ...change, order: change.order ?? query.order } });
}
