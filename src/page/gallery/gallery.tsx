import { useEffect, useRef } from 'preact/hooks';
import { isFiltered } from '../address.ts';
import { Filters } from '../filters/filters.tsx';
import { Icon } from '../icons.tsx';
import { refreshSignal, running } from '../live.ts';
import { address, go } from '../navigation.ts';
import { Notice } from '../notice.tsx';
import { isTyping } from '../shortcuts.tsx';
import { useStore } from '../store.ts';
import { formats, words } from '../words/words.ts';
import { EmptyLibrary } from './empty-library.tsx';
import { Grid } from './grid.tsx';
import { type PostsOfQuery, postsFor } from './posts.ts';
import { clearSelection, isSelecting, selected } from './selection.ts';
import { SelectionBar } from './selection-bar.tsx';

export function Gallery() {
  const { query } = useStore(address);
  const posts = postsFor(query);
  const sections = useStore(posts.sections);
  const problem = useStore(posts.problem);
  useRefresh(posts);
  useEscape();
  useEffect(() => {
    if (history.state?.at === undefined) scrollTo(0, 0);
  }, [posts]);

  const count = sections?.reduce((sum, section) => sum + section.posts, 0);
  const isEmpty = count === 0 && !isFiltered(query);
  return (
    <>
      <h1 class="vh">{words.gallery.heading}</h1>
      {!isEmpty && <Filters query={query} />}
      {!isEmpty && <Found count={count} />}
      {problem && (
        <div class={sections ? 'floating' : undefined}>
          <Notice problem={problem} retry={() => void posts.refresh()} />
        </div>
      )}
      {isEmpty && <EmptyLibrary />}
      {count === 0 && !isEmpty && <NothingFound />}
      {sections === undefined && !problem && <div class="canvas canvas-waiting" aria-hidden="true" />}
      {sections !== undefined && sections.length > 0 && (
        <Grid key={posts.query.order} posts={posts} sections={sections} />
      )}
      <SelectionBar />
    </>
  );
}

function Found({ count }: { count: number | undefined }) {
  const selecting = useStore(isSelecting);
  return (
    <div class="found">
      <p role="status">{count === undefined ? '' : words.gallery.found(formats.number(count), count)}</p>
      <button
        type="button"
        class="button button-quiet"
        aria-pressed={selecting}
        onClick={() => (selecting ? clearSelection() : isSelecting.set(true))}
      >
        <Icon name="check" size={18} />
        {selecting ? words.select.stop : words.select.start}
      </button>
    </div>
  );
}

const NothingFound = () => (
  <div class="empty">
    <Icon name="search" size={40} />
    <h2>{words.nothing.title}</h2>
    <p>{words.nothing.text}</p>
    <button type="button" class="button button-main" onClick={() => go({ query: { order: 'newest' } })}>
      {words.filters.clear}
    </button>
  </div>
);

/** Counts the posts at first, every few seconds while a run downloads more, and when the server is back. */
function useRefresh(posts: PostsOfQuery): void {
  const runs = useStore(running);
  const refreshes = useStore(refreshSignal);
  const handled = useRef(refreshes);
  const downloaded = runs.map(({ id, progress }) => `${id} ${progress?.downloaded ?? 0}`).join();
  const seen = useRef(downloaded);
  const countedAt = useRef(0);
  useEffect(() => {
    if (!posts.sections.get()) void posts.refresh();
    return () => posts.stop();
  }, [posts]);
  useEffect(() => {
    if (handled.current === refreshes) return;
    handled.current = refreshes;
    void posts.refresh({ isAll: true });
  }, [posts, refreshes]);
  useEffect(() => {
    if (seen.current === downloaded) return undefined;
    const wait = Math.max(0, 2000 - (Date.now() - countedAt.current));
    const timer = setTimeout(() => {
      seen.current = downloaded;
      countedAt.current = Date.now();
      void posts.refresh();
    }, wait);
    return () => clearTimeout(timer);
  }, [posts, downloaded]);
}

/** Esc clears the selection, wherever the focus is. */
function useEscape(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || isTyping(event) || document.querySelector('dialog[open]')) return;
      if (selected.get().size > 0 || isSelecting.get()) clearSelection();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}
