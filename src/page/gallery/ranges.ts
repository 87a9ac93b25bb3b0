import { MAX_DOWNLOAD_POSTS } from '../../contract/values.ts';
import type { Layout } from './layout.ts';
import type { PostsOfQuery } from './posts.ts';
import { deselect, select, selected } from './selection.ts';

/** Ids of all posts between two positions, inclusive and in either order; no more than fit into one download. */
export async function idsBetween(
  posts: PostsOfQuery,
  layout: Layout,
  [one, other]: readonly [number, number],
): Promise<string[]> {
  const first = Math.min(one, other);
  const last = Math.min(Math.max(one, other), first + MAX_DOWNLOAD_POSTS - 1);
  const found: string[] = [];
  for (const section of layout.sections) {
    const from = Math.max(0, first - section.start);
    const to = Math.min(section.posts - 1, last - section.start);
    if (from <= to) found.push(...(await posts.ids(section, from, to)));
  }
  return found;
}

/** Selects a whole month, or deselects it if all of it is selected. */
export async function selectSection(posts: PostsOfQuery, layout: Layout, number: number): Promise<void> {
  const section = layout.sections[number];
  if (!section) return;
  const ids = await idsBetween(posts, layout, [section.start, section.start + section.posts - 1]);
  const isWhole = ids.every((id) => selected.get().has(id));
  if (isWhole) deselect(ids);
  else select(ids);
}
