import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Step } from './layout.ts';
import { isSelecting } from './selection.ts';

export interface Gestures {
  readonly open: (id: string) => void;
  readonly focusOn: (index: number) => void;
  readonly toggle: (id: string, index: number) => void;
  readonly selectUpTo: (index: number) => void;
  readonly move: (index: number, direction: Step) => void;
}

const LONG_PRESS = 450;
const STEPS: Readonly<Record<string, Step>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

function tileOf(event: Event) {
  const tile = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-post]') : null;
  const { post, index } = tile?.dataset ?? {};
  return post && index ? { id: post, index: Number(index) } : undefined;
}

/** Handles clicks, long presses and keys of all tiles in one place. */
export function useGestures(canvas: RefObject<HTMLElement | null>, gestures: Gestures): void {
  const latest = useRef(gestures);
  latest.current = gestures;
  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const listening = new AbortController();
    const on = <K extends keyof HTMLElementEventMap>(name: K, listener: (event: HTMLElementEventMap[K]) => void) =>
      element.addEventListener(name, listener, { signal: listening.signal });
    const wasLong = listenForLongPress(on, (id, index) => latest.current.toggle(id, index));

    on('click', (event) => {
      const tile = tileOf(event);
      if (!tile) return;
      const { open, toggle, selectUpTo, focusOn } = latest.current;
      event.preventDefault();
      if (wasLong()) return;
      const isTick = event.target instanceof Element && event.target.closest('[data-tick]') !== null;
      const isSelection = isTick || isSelecting.get() || event.ctrlKey || event.metaKey || event.shiftKey;
      focusOn(tile.index);
      if (!isSelection) open(tile.id);
      else if (event.shiftKey) selectUpTo(tile.index);
      else toggle(tile.id, tile.index);
    });
    on('keydown', (event) => {
      const tile = tileOf(event);
      if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
      const direction = STEPS[event.key];
      const isTick = event.key === 'x' || event.key === 'X' || (event.key === ' ' && isSelecting.get());
      if (!direction && !isTick) return;
      event.preventDefault();
      if (direction) latest.current.move(tile.index, direction);
      else if (event.shiftKey) latest.current.selectUpTo(tile.index);
      else latest.current.toggle(tile.id, tile.index);
    });
    return () => listening.abort();
  }, []);
}

type On = <K extends keyof HTMLElementEventMap>(name: K, listener: (event: HTMLElementEventMap[K]) => void) => void;

/** Calls back on a long press. The returned function says whether the click that follows belongs to it. */
function listenForLongPress(on: On, press: (id: string, index: number) => void): () => boolean {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let start = { x: 0, y: 0 };
  let isLong = false;
  on('pointerdown', (event) => {
    isLong = false;
    const tile = tileOf(event);
    if (event.pointerType !== 'touch' || !tile) return;
    start = { x: event.clientX, y: event.clientY };
    timer = setTimeout(() => {
      isLong = true;
      press(tile.id, tile.index);
    }, LONG_PRESS);
  });
  const cancel = () => clearTimeout(timer);
  on('pointermove', ({ clientX, clientY }) => {
    if (Math.hypot(clientX - start.x, clientY - start.y) > 10) cancel();
  });
  on('pointerup', cancel);
  on('pointercancel', cancel);
  on('contextmenu', (event) => {
    if (event instanceof PointerEvent && event.pointerType === 'touch') event.preventDefault();
  });
  return () => {
    const was = isLong;
    isLong = false;
    return was;
  };
}
