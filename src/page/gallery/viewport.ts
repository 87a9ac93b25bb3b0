import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type LongScroll, movedTo, standFor } from './long-scroll.ts';

/** Pixels of the header that stays at the top: what is below it is covered. */
export const headerHeight = () => document.querySelector('.header')?.clientHeight ?? 0;

export interface View {
  /** Height in the layout of what is at the window's upper edge; negative above the grid. */
  readonly y: number;
  readonly shift: number;
  readonly view: number;
}

export interface Viewport extends View {
  readonly scrollTo: (y: number) => void;
  /** Where the window stands this very moment. */
  readonly now: () => number;
}

const STILL = 160;

/**
 * Follows the window as it scrolls over the canvas, whose layout is `height` high. Renders anew only after a step worth
 * new rows, and when a leap changed what the scroll bar stands for.
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
    const stand = standFor(Math.max(y, -canvas.current.offsetTop), latest.current);
    const above = canvas.current.getBoundingClientRect().top + scrollY;
    scroll.current = stand;
    window.scrollTo(0, above + stand.position);
    look(true);
  }, []);

  useEffect(() => {
    let still: ReturnType<typeof setTimeout> | undefined;
    let frame = 0;
    const moved = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => look());
      clearTimeout(still);
      // Once it stands still, the bar is put back in proportion: nobody sees it, and neither end is met too early.
      still = setTimeout(() => {
        const { position, shift } = scroll.current;
        if (shift !== 0 && Math.abs(standFor(position + shift, latest.current).position - position) > 1)
          scrollTo(position + shift);
        else look(true);
      }, STILL);
    };
    const resized = () => look(true);
    addEventListener('scroll', moved, { passive: true });
    addEventListener('resize', resized);
    return () => {
      removeEventListener('scroll', moved);
      removeEventListener('resize', resized);
      clearTimeout(still);
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

/** The width of an element, as it changes; 0 before it is known. */
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
