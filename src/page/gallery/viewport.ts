import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type LongScroll, movedTo, scrollFor } from './long-scroll.ts';

/** Height of the header, which covers the top of the window. */
export const headerHeight = () => document.querySelector('.header')?.clientHeight ?? 0;

export interface View {
  /** Height in the layout at the window's upper edge; negative above the grid. */
  readonly y: number;
  readonly shift: number;
  readonly view: number;
}

export interface Viewport extends View {
  readonly scrollTo: (y: number) => void;
  /** The present `y`, without waiting for a render. */
  readonly now: () => number;
}

const REST_MS = 160;

/**
 * Follows the window as it scrolls over the canvas, whose layout is `height` pixels high. Re-renders only when new rows
 * are needed, and when a jump changes the scale of the scroll bar.
 */
export function useViewport(canvas: RefObject<HTMLElement | null>, height: number): Viewport {
  const scroll = useRef<LongScroll>({ position: 0, shift: 0 });
  const sizes = { height, view: innerHeight };
  const latest = useRef(sizes);
  latest.current = sizes;
  const [view, setView] = useState<View>({ y: 0, shift: 0, view: innerHeight });

  const look = useCallback((isForced = false) => {
    if (!canvas.current) return;
    scroll.current = movedTo(-canvas.current.getBoundingClientRect().top, scroll.current, latest.current);
    const { position, shift } = scroll.current;
    const next = { y: position + shift, shift, view: innerHeight };
    setView((before) => {
      const isNear = Math.abs(next.y - before.y) < next.view / 4 && before.shift === shift && before.view === next.view;
      return isNear && !isForced ? before : next;
    });
  }, []);

  const scrollTo = useCallback((y: number) => {
    if (!canvas.current) return;
    const next = scrollFor(Math.max(y, -canvas.current.offsetTop), latest.current);
    const above = canvas.current.getBoundingClientRect().top + scrollY;
    scroll.current = next;
    window.scrollTo(0, above + next.position);
    look(true);
  }, []);

  useEffect(() => {
    let rest: ReturnType<typeof setTimeout> | undefined;
    let frame = 0;
    const moved = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => look());
      clearTimeout(rest);
      // At rest, the scroll bar is scaled again, so that neither end is reached too early.
      rest = setTimeout(() => {
        const { position, shift } = scroll.current;
        if (shift !== 0 && Math.abs(scrollFor(position + shift, latest.current).position - position) > 1)
          scrollTo(position + shift);
        else look(true);
      }, REST_MS);
    };
    const resized = () => look(true);
    addEventListener('scroll', moved, { passive: true });
    addEventListener('resize', resized);
    return () => {
      removeEventListener('scroll', moved);
      removeEventListener('resize', resized);
      clearTimeout(rest);
      cancelAnimationFrame(frame);
    };
  }, []);

  useLayoutEffect(() => look(true), [height]);

  const now = useCallback(() => {
    const top = canvas.current?.getBoundingClientRect().top ?? 0;
    return movedTo(-top, scroll.current, latest.current).shift - top;
  }, []);
  return { ...view, scrollTo, now };
}

/** The present width of an element; 0 before it is known. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (!element.current) return undefined;
    const measure = () => setWidth(element.current?.clientWidth ?? 0);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}
