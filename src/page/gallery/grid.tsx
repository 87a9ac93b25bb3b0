import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { go, remember, remembered } from '../navigation.ts';
import { useStore } from '../store.ts';
import { words } from '../words/words.ts';
import { useGestures } from './gestures.ts';
import {
  type Layout,
  layOut,
  measuresFor,
  placeOfPost,
  postAt,
  type Rows,
  rowsBetween,
  type Section,
  step,
} from './layout.ts';
import { MAX_HEIGHT, pageHeight } from './long-scroll.ts';
import { Month, type Rendering } from './month.tsx';
import type { PostsOfQuery } from './posts.ts';
import { idsBetween, selectSection } from './ranges.ts';
import { anchor, isSelecting, select, selected, toggle } from './selection.ts';
import { Timeline } from './timeline.tsx';
import { headerHeight, useViewport, useWidth } from './viewport.ts';

/** A scroll position: a post of a section, and the pixels of its row above the window. */
interface ScrollPosition {
  readonly key: string;
  readonly inside: number;
  readonly past: number;
}

/** Posts by month. Only those near the window are rendered. */
export function Grid({ posts, sections }: { posts: PostsOfQuery; sections: readonly Section[] }) {
  const { query } = posts;
  const canvas = useRef<HTMLDivElement>(null);
  const width = useWidth(canvas);
  const hasMonths = query.order === 'newest';
  const layout = useMemo(
    () => layOut(sections, measuresFor(width || innerWidth, hasMonths)),
    [sections, width, hasMonths],
  );
  const viewport = useViewport(canvas, layout.height);
  const { y, shift, view } = viewport;
  useStore(posts.version);
  const chosen = useStore(selected);
  const selecting = useStore(isSelecting);

  useKeepPosition({ layout, y, scrollTo: viewport.scrollTo, isReady: width > 0 });
  const [active, focusOn] = useActive(layout, canvas, viewport);

  const near = rowsBetween(layout, y - view * 0.75, y + view * 1.75);
  const rows = withFocused(near, layout, canvas.current?.contains(document.activeElement) ? active : undefined);
  useEffect(() => {
    const timer = setTimeout(() => posts.show(near, layout.measures.columns), 50);
    return () => clearTimeout(timer);
  }, [posts, layout, y, view]);

  useGestures(canvas, {
    open: (id) => go({ route: { page: 'post', id } }, { remember: { ...remembered(), fromGallery: true } }),
    focusOn,
    toggle(id, index) {
      anchor.index = index;
      toggle(id);
    },
    async selectUpTo(index) {
      const from = anchor.index ?? index;
      anchor.index = index;
      select(await idsBetween(posts, layout, [from, index]));
    },
    move: (index, direction) => focusOn(step(layout, index, direction)),
  });

  const visible = rowsBetween(layout, y, y + view)[0];
  const firstShown = visible
    ? (layout.sections[visible.section]?.start ?? 0) + visible.first * layout.measures.columns
    : 0;
  const isActiveRendered = rows.some((each) => isIn(each, layout, active));
  const rendering: Rendering = {
    layout,
    posts,
    query,
    active: isActiveRendered ? active : firstShown,
    selected: chosen,
    isSelecting: selecting,
    // Months with a fixed box never move; only a layout too high for a browser needs clipped ones.
    ...(layout.height > MAX_HEIGHT ? { from: y - view * 2, to: y + view * 3 } : { from: 0, to: layout.height }),
    shift,
    selectMonth: (section) => void selectSection(posts, layout, section),
  };
  return (
    <>
      <div
        class="canvas"
        ref={canvas}
        style={{ height: `${pageHeight(layout.height)}px` }}
        data-selecting={selecting ? '' : undefined}
      >
        {width > 0 &&
          [...bySection(rows)].map(([section, each]) => (
            <Month key={layout.sections[section]?.key} rendering={rendering} rows={each} />
          ))}
      </div>
      {hasMonths && layout.sections.length > 1 && (
        <Timeline
          layout={layout}
          y={y}
          view={view}
          now={viewport.now}
          scrollTo={viewport.scrollTo}
          label={words.gallery.timeline}
        />
      )}
    </>
  );
}

function bySection(rows: readonly Rows[]): Map<number, Rows[]> {
  const groups = new Map<number, Rows[]>();
  for (const each of rows) groups.set(each.section, [...(groups.get(each.section) ?? []), each]);
  return groups;
}

function isIn(rows: Rows, layout: Layout, index: number): boolean {
  const { section, row } = placeOfPost(layout, index);
  return section === rows.section && row >= rows.first && row <= rows.last;
}

/**
 * Keeps the row of the focused post rendered, so that scrolling does not lose the focus. Rows stay in order, because
 * browsers scroll a focused element into view when it is moved in the document.
 */
function withFocused(rows: readonly Rows[], layout: Layout, focused: number | undefined): readonly Rows[] {
  if (focused === undefined || rows.some((each) => isIn(each, layout, focused))) return rows;
  const { section, row } = placeOfPost(layout, focused);
  return [...rows, { section, first: row, last: row }].toSorted((a, b) => a.section - b.section || a.first - b.first);
}

interface PositionOptions {
  readonly layout: Layout;
  readonly y: number;
  readonly scrollTo: (y: number) => void;
  readonly isReady: boolean;
}

/** Keeps the same posts in view when the layout changes, and restores them after going back or reloading. */
function useKeepPosition({ layout, y, scrollTo, isReady }: PositionOptions): void {
  const saved = useRef<ScrollPosition>(undefined);
  const laidOut = useRef<Layout>(undefined);
  useLayoutEffect(() => {
    if (!isReady) return;
    const isFirst = laidOut.current === undefined;
    laidOut.current = layout;
    const { at } = remembered();
    if (isFirst && at) return scrollTo(placeOfPost(layout, Math.min(at.post, layout.posts - 1)).top + at.past);
    if (isFirst || !saved.current) return;
    const { key, inside, past } = saved.current;
    const section = layout.sections.find((each) => each.key === key);
    if (section) scrollTo(placeOfPost(layout, section.start + Math.min(inside, section.posts - 1)).top + past);
  }, [layout, isReady]);

  useEffect(() => {
    if (!isReady) return;
    if (y <= 0) {
      saved.current = undefined;
      const { at: _, ...others } = remembered();
      return history.replaceState(others, '');
    }
    const post = postAt(layout, y);
    const { section, inside, top } = placeOfPost(layout, post);
    saved.current = { key: layout.sections[section]?.key ?? '', inside, past: y - top };
    remember({ at: { post, past: y - top } });
  }, [y, layout, isReady]);
}

/** The post that has the keyboard focus, and a function that scrolls to a post and focuses it. */
function useActive(
  layout: Layout,
  canvas: RefObject<HTMLElement | null>,
  { now, scrollTo }: { now: () => number; scrollTo: (y: number) => void },
): readonly [number, (index: number) => void] {
  const [active, setActive] = useState(0);
  const wanted = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (wanted.current === undefined) return;
    const link = canvas.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"]`);
    if (!link) return;
    wanted.current = undefined;
    link.focus({ preventScroll: true });
  });
  const focusOn = (index: number) => {
    wanted.current = index;
    const { top } = placeOfPost(layout, index);
    const { cell, heading } = layout.measures;
    const y = now();
    const covered = headerHeight() + heading + 8;
    const below = document.querySelector('.bottom')?.clientHeight ?? 0;
    if (top < y + covered) scrollTo(top - covered);
    else if (top + cell > y + innerHeight - below - 8) scrollTo(top + cell - innerHeight + below + 8);
    setActive(index);
  };
  return [Math.min(active, Math.max(0, layout.posts - 1)), focusOn];
}
