import { BackfillError, BackfillMediaNotFoundError } from '../errors.ts';
import { type Item, isPosterOnly, type Post } from '../media/item.ts';
import type { Chosen, Failed, Read, Skipped } from './events.ts';
import type { KnownItem, Library, Source } from './ports.ts';
import { decide } from './select.ts';
import { isInside, type Window } from './window.ts';

interface RetryOptions {
  source: Source;
  library: Library;
  window: Window;
  signal: AbortSignal;
}

/** Decides once more on what failed in earlier runs, and on nothing else. */
export async function* retryFailed({
  source,
  library,
  window,
  signal,
}: RetryOptions): AsyncGenerator<Read | Chosen | Skipped | Failed> {
  const unfinished = (await library.unfinished()).filter(({ item }) => isInside(item, window));
  if (unfinished.length === 0) return;
  const left = new Map(unfinished.map((one) => [one.item.id, one]));
  const posts = new Map(unfinished.map(({ post }) => [post.id, post]));

  for await (const page of source.again([...posts.values()], signal)) {
    const stoodIn = page.posts.filter(({ id, isAlbum }) => isAlbum && left.delete(id));
    // An album whose items were not all known stood for them itself: now each of them is asked for.
    const known = await library.known(stoodIn.flatMap(({ items }) => items.map(({ id }) => id)));
    const isKept = ({ id }: Item) => known.has(id) && known.get(id)?.onDisk !== 'missing';
    const isAsked = (item: Item, post: Post) => left.has(item.id) || (stoodIn.includes(post) && !isKept(item));
    const asked = page.posts.map((post) => ({ ...post, items: post.items.filter((item) => isAsked(item, post)) }));
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

/** Nobody knows whether it is still there. */
const unreadable = (item: Item, reason: string): Failed => ({
  type: 'failed',
  item,
  error: new BackfillError(reason, { instagramMediaId: item.id }),
});

/** What is known of an item that is asked for again. */
interface Before {
  readonly hasPoster: boolean;
  readonly known?: KnownItem | undefined;
}

const onDiskOf = (known: KnownItem | undefined) => (known?.onDisk ? { onDisk: known.onDisk } : {});

function decideAgain(item: Item, before: Before): Chosen | Skipped | Failed {
  if (before.known) return decide(item, new Map([[item.id, before.known]]));
  // The still is there already.
  if (before.hasPoster && (isPosterOnly(item) || !item.url)) return nothingNew(item);
  return decide(item, new Map());
}

const nothingNew = (item: Item): Skipped => ({ type: 'skipped', item, reason: 'duplicate' });

const gone = (item: Item): Failed => ({
  type: 'failed',
  item,
  error: new BackfillMediaNotFoundError('Instagram does not list it any more', {
    instagramMediaId: item.id,
    hint: 'A post that was deleted, or a story of more than 24 hours ago, can be had from nobody.',
  }),
});
