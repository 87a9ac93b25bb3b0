import type { MediaType } from '../media/media-type.ts';
import { formatDay, parseDay } from '../media/moment.ts';

/** The options of `/backfill`. */
export interface BackfillArguments {
  readonly limit: number | undefined;
  readonly mediaType: MediaType;
  readonly since: Date | undefined;
  readonly dryRun: boolean;
}

export const USAGE = [
  '/backfill - all posts of the feed',
  '/backfill 50 - the newest 50 files that are missing',
  '/backfill dry - estimate only',
  '/backfill 50 dry',
  '/backfill stories - live stories',
  '/backfill both - feed and stories',
  '/backfill since 2025-01-01 - only posts since that day',
].join('\n');

/** Parses the words after `/backfill`, in any order. @returns undefined if there is any other word: nothing is guessed. */
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

/** The options in one line: `DRY RUN · feed · at most 50 · since 2025-01-01`. */
export const describe = ({ limit, mediaType, since, dryRun }: BackfillArguments): string =>
  [
    dryRun ? 'DRY RUN' : 'LIVE',
    mediaType,
    limit === undefined ? 'no limit' : `at most ${limit}`,
    ...(since ? [`since ${formatDay(since)}`] : []),
  ].join(' · ');
