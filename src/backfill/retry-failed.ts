import { BackfillError, BackfillMediaNotFoundError } from '../errors.ts';
import { type Item, isPosterOnly, type Post } from '../media/item.ts';
import type { Chosen, Failed, Read, Skipped } from './events.ts';
import type { KnownItem, Library, PostPage, Source, Unfinished, WantedPost } from './ports.ts';
import { decide } from './select.ts';
import { isInside, type Window } from './window.ts';

interface RetryOptions {
  source: Source;
  library: Library;
  window: Window;
  signal: AbortSignal;
}

/** Decides again on the items that failed in earlier runs, and on no others. */
export async function* retryFailed({
  source,
  library,
  window,
  signal,
}: RetryOptions): AsyncGenerator<Read | Chosen | Skipped | Failed> {
  const unfinished = (await library.unfinished()).filter(({ item }) => isInside(item, window));
  if (unfinished.length === 0) return;
  const left = new Map(unfinished.map((one) => [one.item.id, one]));
  const posts = [...new Map(unfinished.map(({ post }) => [post.id, post])).values()];

  for await (const page of source.relist?.(posts, signal) ?? readAgain(source, posts, signal)) {
    // An album whose items were unknown stood for them itself: now each of them is requested.
    const replaced = page.posts.filter(({ id, isAlbum }) => isAlbum && left.delete(id));
    const known = await library.known(replaced.flatMap(({ items }) => items.map(({ id }) => id)));
    const isKept = ({ id }: Item) => known.has(id) && known.get(id)?.onDisk !== 'missing';
    const isRetried = (item: Item, post: Post) => left.has(item.id) || (replaced.includes(post) && !isKept(item));
    const asked = page.posts.map((post) => ({ ...post, items: post.items.filter((item) => isRetried(item, post)) }));
    yield { type: 'read', page, wanted: page.posts, asked };
    for (const item of asked.flatMap((post) => post.items)) {
      const before = left.get(item.id);
      left.delete(item.id);
      yield decideAgain(item, before ?? { hasPoster: false, known: known.get(item.id) });
    }
    for (const [postId, reason] of page.unreadable ?? []) {
      for (const { item, hasPoster, known: before } of left.values()) {
        if (item.postId !== postId) continue;
        left.delete(item.id);
        yield hasPoster ? nothingNew(item) : { ...unreadable(item, reason), ...onDiskOf(before) };
      }
    }
  }
  for (const { item, hasPoster, known } of left.values()) {
    if (hasPoster || known?.lacksCover) yield nothingNew(item);
    else yield { ...gone(item), ...onDiskOf(known) };
  }
}

/** Finds posts of a source that cannot list them one by one: reads their listings again, until all are found. */
async function* readAgain(
  source: Pick<Source, 'pages'>,
  posts: readonly WantedPost[],
  signal: AbortSignal,
): AsyncGenerator<PostPage> {
  const left = new Set(posts.map(({ id }) => id));
  for (const listing of new Set(posts.map((post) => post.source))) {
    const isWanted = () => posts.some((post) => post.source === listing && left.has(post.id));
    for await (const page of source.pages(listing, signal)) {
      yield { ...page, posts: page.posts.filter(({ id }) => left.delete(id)) };
      if (!isWanted()) break;
    }
  }
}

/** The post may still exist. */
const unreadable = (item: Item, reason: string): Failed => ({
  type: 'failed',
  item,
  error: new BackfillError(reason, { instagramMediaId: item.id }),
});

type Before = Pick<Unfinished, 'hasPoster'> & { readonly known?: KnownItem | undefined };

const onDiskOf = (known: KnownItem | undefined) => (known?.onDisk ? { onDisk: known.onDisk } : {});

function decideAgain(item: Item, before: Before): Chosen | Skipped | Failed {
  if (before.known) return decide(item, new Map([[item.id, before.known]]));
  // The library has the still image already.
  if (before.hasPoster && (isPosterOnly(item) || !item.url)) return nothingNew(item);
  return decide(item, new Map());
}

const nothingNew = (item: Item): Skipped => ({ type: 'skipped', item, reason: 'duplicate' });

const gone = (item: Item): Failed => ({
  type: 'failed',
  item,
  error: new BackfillMediaNotFoundError('Instagram no longer lists it', {
    instagramMediaId: item.id,
    hint: 'Deleted posts, and stories older than 24 hours, cannot be recovered.',
  }),
});
