import { BackfillError } from '../errors.ts';
import { mapConcurrent } from '../lib/map-concurrent.ts';
import { createSlots } from '../lib/slots.ts';
import type { Item } from '../media/item.ts';
import type { Chosen, Failed, Kept, Read, Skipped, Unlisted } from './events.ts';
import type { Library, Source } from './ports.ts';

type Decided = Read | Unlisted | Chosen | Skipped | Failed;

/**
 * Items in flight besides the downloads: some wait for their turn while the next page is requested, and some are being
 * written to disk and database. It also keeps the walk from running ahead of the downloads.
 */
const MORE_IN_FLIGHT = 64;

interface KeepOptions {
  source: Source;
  library: Library;
  /** Parallel downloads, now. */
  concurrency: () => number;
  /** New downloads at most; skipped and failed items do not count. */
  limit: number | undefined;
  signal: AbortSignal;
  /** Aborts {@link KeepOptions.signal} when the run breaks. */
  abort: AbortController;
}

/** Downloads and keeps what was chosen, several at a time; ends when the limit is reached. */
export async function* keepAll(
  decided: AsyncIterable<Decided>,
  { source, library, concurrency, limit = Number.POSITIVE_INFINITY, signal, abort }: KeepOptions,
): AsyncGenerator<Read | Unlisted | Kept | Skipped | Failed> {
  let kept = 0;
  const room = () => Math.min(concurrency() + MORE_IN_FLIGHT, limit - kept);
  const slots = createSlots(concurrency);

  const download = async (item: Item, signal: AbortSignal) => {
    const body = await source.download(item, signal);
    try {
      return { body, cover: await source.downloadCover?.(item, signal) };
    } catch (error) {
      await body.discard();
      throw error;
    }
  };

  /** A cover is an extra: a video is complete without it. */
  const withCover = async (event: Skipped, signal: AbortSignal): Promise<Skipped> => {
    try {
      const cover = await slots.use(async () => source.downloadCover?.(event.item, signal), signal);
      if (!cover) return event;
      await library.keepCover(event.item, cover);
      return { ...event, cover: 'kept' };
    } catch (error) {
      if (!(error instanceof BackfillError)) throw error;
      return event;
    }
  };

  const keep = async ({ item, onDisk }: Chosen, signal: AbortSignal): Promise<Kept | Skipped> => {
    const looked = onDisk === undefined ? {} : { onDisk };
    const isThere = onDisk === undefined ? {} : { onDisk: 'there' as const };
    if (onDisk === 'missing' && (await library.isBack(item))) {
      return { type: 'skipped', item, reason: 'duplicate', ...isThere };
    }
    if (await library.adopt(item)) {
      const adopted: Skipped = { type: 'skipped', item, reason: 'adopted', ...looked };
      // The run that died may have had the file and not its cover.
      return (await library.lacksCover(item)) ? withCover(adopted, signal) : adopted;
    }
    const { body, cover } = await slots.use(() => download(item, signal), signal);
    const file = await library.keep(item, body, cover);
    if (file === 'duplicate') return { type: 'skipped', item, reason: 'duplicate', ...isThere };
    return { type: 'kept', item, file, ...looked };
  };

  const work = async (event: Decided, signal: AbortSignal): Promise<Read | Unlisted | Kept | Skipped | Failed> => {
    if (event.type === 'failed') await library.noteFailure(event.item, event.error);
    if (event.type === 'skipped' && event.cover === 'missing') return withCover(event, signal);
    if (event.type !== 'chosen') return event;
    try {
      return await library.inTurn(event.item, () => keep(event, signal));
    } catch (error) {
      if (!(error instanceof BackfillError)) throw error;
      await library.noteFailure(event.item, error);
      return { type: 'failed', item: event.item, error, ...(event.onDisk ? { onDisk: event.onDisk } : {}) };
    }
  };

  for await (const event of mapConcurrent(notedFirst(decided, library), work, { room, signal, abort })) {
    if (event.type === 'kept') kept += 1;
    yield event;
  }
}

/** A post's facts are noted before its items are kept: the rows of items refer to it. */
async function* notedFirst(decided: AsyncIterable<Decided>, library: Library): AsyncGenerator<Decided> {
  for await (const event of decided) {
    if (event.type === 'read') await library.notePosts(event.wanted);
    yield event;
  }
}

/** The last stage of a dry run: makes the decisions that {@link keepAll} would make, and writes nothing. */
export async function* preview(
  decided: AsyncIterable<Decided>,
  { library, limit = Number.POSITIVE_INFINITY }: Pick<KeepOptions, 'library' | 'limit'>,
): AsyncGenerator<Decided> {
  let chosen = 0;
  for await (const event of decided) {
    const found = event.type === 'chosen' ? await whatIsInPlace(event, library) : undefined;
    if (event.type !== 'chosen') yield event;
    else if (typeof found === 'object') yield found;
    else if (found) yield { ...event, type: 'skipped', reason: found };
    else {
      yield event;
      chosen += 1;
      if (chosen >= limit) return;
    }
  }
}

/** An unreadable file in an item's place costs a dry run this item, just as it would the real one. */
async function whatIsInPlace({ item, onDisk }: Chosen, library: Pick<Library, 'holdsFile'>) {
  try {
    return await library.holdsFile(item);
  } catch (error) {
    if (!(error instanceof BackfillError)) throw error;
    return { type: 'failed', item, error, ...(onDisk ? { onDisk } : {}) } satisfies Failed;
  }
}
