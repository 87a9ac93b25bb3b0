/**
 * Browsers limit elements to 16 to 33 million device pixels, of which a phone has three or more per CSS pixel. The layout
 * of a million posts is higher than that, so the scroll bar is scaled. A step with the wheel or a finger still moves
 * by its own length; only a jump is scaled.
 */
export const MAX_HEIGHT = 8_000_000;

export interface LongScroll {
  /** Pixels from the page's scroll position to the shown part of the layout. */
  readonly shift: number;
  /** The page's scroll position. */
  readonly position: number;
}

export const pageHeight = (height: number) => Math.min(height, MAX_HEIGHT);

interface Sizes {
  readonly height: number;
  /** Height of the window. */
  readonly view: number;
}

/** The scroll position that shows height `y` of the layout. */
export function scrollFor(y: number, { height, view }: Sizes): LongScroll {
  if (height <= MAX_HEIGHT || y <= 0) return { position: y, shift: 0 };
  const position = y * ((MAX_HEIGHT - view) / (height - view));
  return { position, shift: y - position };
}

/** After the page scrolled to `position`: a step keeps the shift, a jump is scaled. */
export function movedTo(position: number, before: LongScroll, { height, view }: Sizes): LongScroll {
  if (height <= MAX_HEIGHT || position <= 0) return { position, shift: 0 };
  if (Math.abs(position - before.position) <= view * 4) return { position, shift: before.shift };
  return { position, shift: position * ((height - view) / (MAX_HEIGHT - view)) - position };
}
