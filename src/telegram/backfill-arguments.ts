import type { MediaType } from '../media/media-type.ts';
import { formatDay, parseDay } from '../media/moment.ts';

/** What `/backfill` asks for. */
export interface BackfillArguments {
  readonly limit: number | undefined;
  readonly mediaType: MediaType;
  readonly since: Date | undefined;
  readonly dryRun: boolean;
}

export const USAGE = [
  '/backfill - all posts of the feed',
  '/backfill 50 - the newest 50 files that are missing',
  '/backfill dry - see what would come',
  '/backfill 50 dry',
  '/backfill stories - the stories that are live now',
  '/backfill both - feed and stories',
  '/backfill since 2025-01-01 - only posts from that day on',
].join('\n');

/**
 * Reads what stands behind `/backfill`, in any order. Nothing where it is something else: it is answered with the usage,
 * and not guessed at.
 */
export function parseBackfillArguments(text: string): BackfillArguments | undefined {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let limit: number | undefined;
  let mediaType: MediaType | undefined;
  let since: Date | undefined;
  let dryRun = false;
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (/^[1-9]\d{0,8}$/.test(word) && limit === undefined) limit = Number(word);
    else if (word === 'dry' && !dryRun) dryRun = true;
    else if ((word === 'stories' || word === 'both') && mediaType === undefined) mediaType = word;
    else if (word === 'since' && since === undefined) {
      since = parseDay(words.shift() ?? '');
      if (!since) return undefined;
    } else return undefined;
  }
  return { limit, mediaType: mediaType ?? 'feed', since, dryRun };
}

/** What is asked for, in a line: `DRY RUN · feed · at most 50 · since 2025-01-01`. */
export const describe = ({ limit, mediaType, since, dryRun }: BackfillArguments): string =>
  [
    dryRun ? 'DRY RUN' : 'LIVE',
    mediaType,
    limit === undefined ? 'no limit' : `at most ${limit}`,
    ...(since ? [`since ${formatDay(since)}`] : []),
  ].join(' · ');
