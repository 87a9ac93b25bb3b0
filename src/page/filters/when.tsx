import { useEffect, useRef } from 'preact/hooks';
import type { Months } from '../../contract/posts.ts';
import { dayAfter, type Query } from '../address.ts';
import { Icon } from '../icons.tsx';
import { useLoaded } from '../loaded.ts';
import { words } from '../words/words.ts';
import { rangeText } from './chips.tsx';
import { refine } from './refine.ts';

/** A time range by days or years. The last day is inclusive; the address contains the day after. */
export function When({ query }: { query: Query }) {
  const details = useRef<HTMLDetailsElement>(null);
  const { since, until } = query;
  const { value } = useLoaded<Months>('/months');
  const years = [...new Set(value?.months.flatMap(({ month }) => (month ? [month.slice(0, 4)] : [])))];

  useEffect(() => {
    const away = (event: Event) => {
      if (details.current?.open && event.target instanceof Node && !details.current.contains(event.target))
        details.current.open = false;
    };
    document.addEventListener('pointerdown', away);
    document.addEventListener('focusin', away);
    return () => {
      document.removeEventListener('pointerdown', away);
      document.removeEventListener('focusin', away);
    };
  }, []);

  return (
    <details
      ref={details}
      class="when"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !details.current?.open) return;
        event.stopPropagation();
        details.current.open = false;
        details.current.querySelector('summary')?.focus();
      }}
    >
      <summary class="pill" data-set={since || until ? '' : undefined}>
        {rangeText(query) ?? words.filters.when}
        <Icon name="right" size={14} />
      </summary>
      <div class="popover">
        <div class="when-days">
          <label class="field">
            <span>{words.filters.from}</span>
            <input
              type="date"
              value={since ?? ''}
              onChange={(event) => refine(query, { since: event.currentTarget.value || undefined })}
            />
          </label>
          <label class="field">
            <span>{words.filters.to}</span>
            <input
              type="date"
              value={until ? dayAfter(until, -1) : ''}
              onChange={(event) =>
                refine(query, { until: event.currentTarget.value ? dayAfter(event.currentTarget.value) : undefined })
              }
            />
          </label>
        </div>
        <fieldset class="years">
          <legend>{words.filters.years}</legend>
          {years.map((year) => {
            const range = { since: `${year}-01-01`, until: `${Number(year) + 1}-01-01` };
            const isOn = since === range.since && until === range.until;
            return (
              <button
                key={year}
                type="button"
                class="pill"
                aria-pressed={isOn}
                onClick={() => refine(query, isOn ? { since: undefined, until: undefined } : range)}
              >
                {year}
              </button>
            );
          })}
        </fieldset>
        <button
          type="button"
          class="button"
          disabled={!since && !until}
          onClick={() => refine(query, { since: undefined, until: undefined })}
        >
          {words.filters.anyTime}
        </button>
      </div>
    </details>
  );
}
