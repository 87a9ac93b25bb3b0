import { BackfillError, BackfillMediaWithheldError } from '../errors.ts';
import { isMediaId } from '../media/file-name.ts';
import { type Item, isPosterOnly } from '../media/item.ts';
import type { Chosen, Failed, Read, Skipped, Unlisted } from './events.ts';
import type { BrokenListing, Known, KnownItem, Library, PostPage } from './ports.ts';
import { isInside, type Window } from './window.ts';

/**
 * Decides on every item of every page: known, of an unsupported type, outside the requested time, without a URL, or
 * chosen. The library is asked once a page which items it knows.
 */
export async function* select(
  pages: AsyncIterable<PostPage | BrokenListing>,
  known: Library['known'],
  { window, videosFirst }: { window: Window; videosFirst: boolean },
): AsyncGenerator<Read | Unlisted | Chosen | Skipped | Failed> {
  for await (const page of pages) {
    if ('error' in page) {
      yield { type: 'unlisted', ...page };
      continue;
    }
    const wanted = page.posts.filter((post) => isInside(post, window));
    yield { type: 'read', page, wanted, asked: wanted };
    const outside = page.posts.filter((post) => !isInside(post, window)).flatMap((post) => post.items);
    yield* outside.map((item): Skipped => ({ type: 'skipped', item, reason: 'outside' }));

    const items = wanted.flatMap((post) => post.items);
    const have = await known(items.map((item) => item.id));
    const decisions = items.map((item) => decide(item, have));
    // The URL of a video expires within hours, that of a picture within days.
    yield* videosFirst ? decisions.toSorted((a, b) => urgency(a) - urgency(b)) : decisions;
  }
}

/** Decides what happens to an item, given what the library knows. */
export function decide(item: Item, known: Known): Chosen | Skipped | Failed {
  const kept = known.get(item.id);
  if (kept) return decideKnown(item, kept);
  if (item.problem !== undefined) return unreadable(item, item.problem);
  if (!isMediaId(item.id)) {
    return {
      type: 'failed',
      item,
      error: new BackfillError(`Not an Instagram id: ${JSON.stringify(item.id.slice(0, 40))}`),
    };
  }
  if (item.kind === 'unsupported') return { type: 'skipped', item, reason: 'unsupported' };
  if (item.url || isPosterOnly(item)) return { type: 'chosen', item };
  const error = new BackfillMediaWithheldError(`Instagram provides no URL for this ${item.mediaType}`, {
    instagramMediaId: item.id,
    hint: 'It withholds media with copyrighted sound or pictures: the original is only available from your own copies.',
  });
  return { type: 'failed', item, error };
}

const unreadable = (item: Item, problem: string): Failed => ({
  type: 'failed',
  item,
  error: new BackfillError(problem, {
    ...(isMediaId(item.id) ? { instagramMediaId: item.id } : {}),
    hint: 'The next run tries it again.',
  }),
});

/** An item with a row is left as it is, unless its file is missing on disk. */
function decideKnown(item: Item, { isStillOnly, onDisk, problem, lacksCover }: KnownItem): Chosen | Skipped | Failed {
  const looked = onDisk === undefined ? {} : { onDisk };
  if (problem !== undefined) {
    const error = new BackfillError(problem, { instagramMediaId: item.id, hint: FOLDER_HINT });
    return { type: 'failed', item, error, ...looked };
  }
  if (onDisk !== 'missing') {
    // If the video itself is withheld, so is its cover.
    const cover = lacksCover && item.url && item.cover ? ({ cover: 'missing' } as const) : {};
    return { type: 'skipped', item, reason: 'duplicate', ...(isStillOnly ? { isStillOnly } : {}), ...looked, ...cover };
  }
  if (item.problem !== undefined) return { ...unreadable(item, item.problem), onDisk };
  if (item.url || isPosterOnly(item)) return { type: 'chosen', item, onDisk };
  const error = new BackfillMediaWithheldError(
    `Its file is missing on disk, and Instagram provides no URL for this ${item.mediaType}`,
    { instagramMediaId: item.id, hint: 'Put the file back from a backup of the media folder.' },
  );
  return { type: 'failed', item, error, onDisk };
}

const FOLDER_HINT = 'Check the media folder and its permissions, then run the same command again.';

const urgency = (decision: Chosen | Skipped | Failed): number =>
  decision.type === 'chosen' && decision.item.kind === 'video' ? 0 : 1;
