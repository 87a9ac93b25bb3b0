import type { PostPage, WantedPost } from '../backfill/ports.ts';
import { InstagramApiError } from '../errors.ts';
import type { Log } from '../lib/log.ts';
import type { MediaId, Post } from '../media/item.ts';
import { stopsTheRun } from './graph.ts';
import { createLister } from './lister.ts';
import { LARGEST_PAGE } from './page-size.ts';
import { type WalkOptions, walk } from './walk.ts';
import { toPost } from './wire.ts';

/**
 * Lists posts once more: by walking down to them where that takes fewer calls than one for each. A post that is not
 * there any more is left out.
 */
export async function* again(
  wanted: readonly WantedPost[],
  options: WalkOptions & { log: Log },
  signal: AbortSignal,
): AsyncGenerator<PostPage> {
  const left = new Map(wanted.map((post) => [post.id, post]));
  let number = 0;
  const pageOf = (source: PostPage['source'], posts: readonly Post[]): PostPage => ({
    source,
    number: ++number,
    posts,
    isLast: false,
    usage: options.graph.used(),
  });

  const inFeed = new Set(wanted.filter(({ source }) => source === 'feed').map(({ id }) => id));
  if (inFeed.size > Math.ceil(Math.max(...wanted.map(({ depth }) => depth)) / LARGEST_PAGE)) {
    for await (const page of walk('feed', options, signal)) {
      const posts = page.posts.filter(({ id }) => inFeed.delete(id));
      for (const { id } of posts) left.delete(id);
      if (posts.length > 0) yield pageOf('feed', posts);
      if (inFeed.size === 0) break;
    }
  }
  for (const { id, source } of left.values()) {
    const post = await single(id, source, options, signal);
    if (post) yield pageOf(source, [post]);
  }
}

async function single(
  id: MediaId,
  source: PostPage['source'],
  { graph, accountId, log }: WalkOptions & { log: Log },
  signal: AbortSignal,
): Promise<Post | undefined> {
  const list = createLister(graph, source, accountId, signal);
  try {
    const node = await list.post(id);
    return toPost(node, source, await list.children(node));
  } catch (error) {
    if (!(error instanceof InstagramApiError) || stopsTheRun(error)) throw error;
    log.debug(`the post ${id} cannot be read: ${error.message}`);
    return undefined;
  }
}
