import { useEffect, useRef, useState } from 'preact/hooks';
import type { Query } from '../address.ts';
import { Icon } from '../icons.tsx';
import { go } from '../navigation.ts';
import { isTyping } from '../shortcuts.tsx';
import { words } from '../words/words.ts';

const TYPING_PAUSE = 250;

/** The search field. Typing replaces the history entry, so that going back removes the whole search. */
export function SearchField({ query }: { query: Query }) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(query.search ?? '');
  const latest = useRef(query);
  latest.current = query;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const apply = (wanted: string) => {
    clearTimeout(timer.current);
    const { search: before, ...others } = latest.current;
    const search = wanted.trim().slice(0, 200);
    if (search === (before ?? '')) return;
    go(
      { query: search ? { ...others, search } : others },
      { replace: before !== undefined && search !== '', remember: {} },
    );
  };
  const type = (wanted: string) => {
    setText(wanted);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => apply(wanted), TYPING_PAUSE);
  };

  useEffect(() => {
    // Back, forward and links change the search from outside.
    if ((query.search ?? '') !== text.trim()) setText(query.search ?? '');
  }, [query.search]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (
        event.key !== '/' ||
        isTyping(event) ||
        event.ctrlKey ||
        event.metaKey ||
        document.querySelector('dialog[open]')
      )
        return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    addEventListener('keydown', pressed);
    return () => {
      removeEventListener('keydown', pressed);
      clearTimeout(timer.current);
    };
  }, []);

  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        aria-label={words.filters.search}
        placeholder={words.filters.searchShort}
        value={text}
        maxLength={200}
        enterkeyhint="search"
        autocomplete="off"
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') apply(text);
          if (event.key !== 'Escape') return;
          event.preventDefault();
          setText('');
          apply('');
        }}
      />
      {text !== '' && (
        <button
          type="button"
          class="icon-button"
          aria-label={words.filters.clearSearch}
          onClick={() => {
            setText('');
            apply('');
            field.current?.focus();
          }}
        >
          <Icon name="close" size={18} />
        </button>
      )}
      {text === '' && (
        <span class="search-key" aria-hidden="true">
          /
        </span>
      )}
    </div>
  );
}
