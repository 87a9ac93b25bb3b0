import type { Post } from '../media/item.ts';
import type { PostPage } from './ports.ts';

/** Which period of an account's posts a run is about. */
export interface Window {
  /** Only posts at or after this moment. */
  readonly since?: Date;
  /** Only posts before this moment. */
  readonly until?: Date;
  /** Everything posted up to this moment, back to the first post, is in the library: the walk may stop there. */
  readonly completeUpTo?: Date;
}

/** An account can pin this many posts; they are listed first, whatever their age. */
export const PINNED_AT_MOST = 3;

/** True for a post within the requested time. One without a usable moment is included, so that it is not lost. */
export function isInside(post: Pick<Post, 'postedAt'>, { since, until }: Window): boolean {
  if (!post.postedAt) return true;
  return (!since || post.postedAt >= since) && (!until || post.postedAt < until);
}

/** Passes pages on, and ends the walk with the first page after which nothing can be within the window. */
export async function* within(pages: AsyncIterable<PostPage>, window: Window): AsyncGenerator<PostPage> {
  let seen = 0;
  for await (const page of pages) {
    yield page;
    seen += page.posts.length;
    // Pinned posts are older than what follows them: a start that may consist of them proves nothing.
    if (seen > PINNED_AT_MOST && endsWalk(page.posts, window)) return;
  }
}

function endsWalk(posts: readonly Post[], { since, completeUpTo }: Window): boolean {
  const moments = posts.flatMap(({ postedAt }) => postedAt ?? []);
  if (moments.length === 0) return false;
  if (since && moments.every((moment) => moment < since)) return true;
  return (
    completeUpTo !== undefined && moments.length === posts.length && moments.every((moment) => moment <= completeUpTo)
  );
}
