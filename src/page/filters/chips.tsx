import { dayAfter, isFiltered, type Query } from '../address.ts';
import { Icon } from '../icons.tsx';
import { go } from '../navigation.ts';
import { formats, words } from '../words/words.ts';
import { refine } from './refine.ts';

/** A range of days as text, with an inclusive last day; undefined if there is none. */
export function rangeText({ since, until }: Query): string | undefined {
  const isYear = since?.endsWith('-01-01') && until === `${Number(since.slice(0, 4)) + 1}-01-01`;
  if (isYear) return since?.slice(0, 4);
  const day = (text: string) => formats.day(`${text}T12:00:00`);
  const last = until && dayAfter(until, -1);
  if (since && last) return `${day(since)} – ${day(last)}`;
  if (since) return words.filters.since(day(since));
  return last ? words.filters.until(day(last)) : undefined;
}

/** Filters that are set elsewhere than in the row above, with a button to remove each. */
export function Chips({ query }: { query: Query }) {
  const { hashtag, run } = query;
  if (!isFiltered(query)) return null;
  return (
    <div class="chips">
      {hashtag && <Chip text={`#${hashtag}`} remove={() => refine(query, { hashtag: undefined })} />}
      {run && <Chip text={words.filters.run} remove={() => refine(query, { run: undefined })} />}
      <button type="button" class="chip-clear" onClick={() => go({ query: { order: query.order } })}>
        {words.filters.clear}
      </button>
    </div>
  );
}

const Chip = ({ text, remove }: { text: string; remove: () => void }) => (
  <button type="button" class="chip" aria-label={words.filters.remove(text)} onClick={remove}>
    <span>{text}</span>
    <Icon name="close" size={14} />
  </button>
);
