import type { PostPage, WantedPost } from '../../backfill/ports.ts';
import { InstagramApiError } from '../../errors.ts';
import type { MediaId, Post, PostSource } from '../../media/item.ts';
import { stopsTheRun } from '../graph/client.ts';
import { createLister } from './lister.ts';
import { LARGEST_PAGE } from './page-size.ts';
import { toPost } from './response-schemas.ts';
import { type WalkOptions, walk } from './walk.ts';

/**
 * Lists posts again: by reading the feed down to them if that takes fewer calls than one for each. Leaves out posts that
 * no longer exist; names those that Instagram refuses to show in `unreadable`.
 */
export async function* relist(
  wanted: readonly WantedPost[],
  options: WalkOptions,
  signal: AbortSignal,
): AsyncGenerator<PostPage> {
  const left = new Map(wanted.map((post) => [post.id, post]));
  let number = 0;
  const notAvailable = () => [...new Set(wanted.flatMap(({ source }) => options.fieldsOf(source).refused()))];
  const pageOf = (source: PostSource, posts: readonly Post[]): PostPage => ({
    source,
    number: ++number,
    posts,
    isLast: false,
    usage: options.graph.used(),
    notAvailable: notAvailable(),
  });

  const inFeed = new Set(wanted.filter(({ source }) => source === 'feed').map(({ id }) => id));
  const deepest = wanted.reduce((most, { depth }) => Math.max(most, depth), 0);
  if (inFeed.size > Math.ceil(deepest / LARGEST_PAGE)) {
    try {
      for await (const page of walk('feed', options, signal)) {
        const posts = page.posts.filter(({ id }) => inFeed.delete(id));
        for (const { id } of posts) left.delete(id);
        if (posts.length > 0) yield pageOf('feed', posts);
        if (inFeed.size === 0) break;
      }
    } catch (error) {
      // Each post can still be requested by its id.
      if (!(error instanceof InstagramApiError) || stopsTheRun(error)) throw error;
      options.log.debug(`the feed could not be listed: ${error.message}`);
    }
  }
  for (const { id, source } of left.values()) {
    const found = await single(id, source, options, signal);
    if (found === 'gone') continue;
    if ('refusal' in found) yield { ...pageOf(source, []), unreadable: new Map([[id, found.refusal]]) };
    else yield pageOf(source, [found]);
  }
}

/** Codes for an object that does not exist, or not for this token: 803 for an unknown id. */
const isGone = ({ code, subcode, status }: InstagramApiError): boolean =>
  (code === 100 && subcode === 33) || code === 803 || status === 404;

async function single(
  id: MediaId,
  source: PostSource,
  { graph, accountId, log, fieldsOf }: WalkOptions,
  signal: AbortSignal,
): Promise<Post | 'gone' | { refusal: string }> {
  const list = createLister({ graph, source, accountId, fields: fieldsOf(source), signal });
  try {
    const node = await list.post(id);
    return toPost(node, source, await list.children(node));
  } catch (error) {
    if (!(error instanceof InstagramApiError) || stopsTheRun(error)) throw error;
    log.debug(`the post ${id} cannot be read: ${error.message}`);
    return isGone(error) ? 'gone' : { refusal: error.message };
  }
}
