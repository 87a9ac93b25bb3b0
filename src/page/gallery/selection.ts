import { createStore } from '../store.ts';

/** The selected posts, and whether a click selects. */
export const selected = createStore<ReadonlySet<string>>(new Set());
export const isSelecting = createStore(false);

/** Where a Shift-selection starts. */
export const anchor: { index: number | undefined } = { index: undefined };

export function toggle(id: string): void {
  const next = new Set(selected.get());
  if (!next.delete(id)) next.add(id);
  isSelecting.set(true);
  selected.set(next);
}

export function select(ids: readonly string[]): void {
  isSelecting.set(true);
  selected.set(new Set([...selected.get(), ...ids]));
}

export function deselect(ids: readonly string[]): void {
  const next = new Set(selected.get());
  for (const id of ids) next.delete(id);
  selected.set(next);
}

export function clearSelection(): void {
  selected.set(new Set());
  isSelecting.set(false);
  anchor.index = undefined;
}
