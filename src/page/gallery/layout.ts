// The position of every post in the gallery, calculated without loading or measuring anything. All lengths are CSS pixels.

export interface Section {
  /** `2019-05`, `none` for posts without a time, `all` without months. */
  readonly key: string;
  readonly posts: number;
}

export interface Measures {
  readonly columns: number;
  /** Width and height of a tile. */
  readonly cell: number;
  readonly gap: number;
  /** Height of a month's heading; 0 if there is none. */
  readonly heading: number;
}

interface SectionLayout extends Section {
  /** Index of its first post, counted over all sections. */
  readonly start: number;
  readonly top: number;
  readonly height: number;
}

export interface Layout {
  readonly measures: Measures;
  readonly sections: readonly SectionLayout[];
  readonly posts: number;
  readonly height: number;
}

/** Rows of a section, `last` inclusive. */
export interface Rows {
  readonly section: number;
  readonly first: number;
  readonly last: number;
}

const BELOW_SECTION = 20;

/** Three columns on a phone, and as many as fit elsewhere. */
export function measuresFor(width: number, hasHeadings: boolean): Measures {
  const isNarrow = width < 600;
  const gap = isNarrow ? 2 : 4;
  const columns = isNarrow ? 3 : Math.max(4, Math.round(width / (width < 1000 ? 168 : 208)));
  const cell = Math.max(1, (width - gap * (columns - 1)) / columns);
  return { columns, cell, gap, heading: hasHeadings ? 52 : 0 };
}

export function layOut(sections: readonly Section[], measures: Measures): Layout {
  let top = 0;
  let start = 0;
  const laid = sections.map((section) => {
    const rows = Math.ceil(section.posts / measures.columns);
    const height = measures.heading + rows * (measures.cell + measures.gap) + BELOW_SECTION;
    const place = { ...section, start, top, height };
    top += height;
    start += section.posts;
    return place;
  });
  return { measures, sections: laid, posts: start, height: top };
}

/** Index of the last entry of an ascending list that is not above `wanted`; 0 if all are. */
function lastUpTo<T>(list: readonly T[], wanted: number, startOf: (each: T) => number): number {
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const value = list[middle];
    if (value !== undefined && startOf(value) <= wanted) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

export const sectionAt = (layout: Layout, y: number) => lastUpTo(layout.sections, y, ({ top }) => top);
const sectionOf = (layout: Layout, index: number) => lastUpTo(layout.sections, index, ({ start }) => start);

/** The rows between two heights. */
export function rowsBetween(layout: Layout, from: number, to: number): Rows[] {
  const { measures, sections } = layout;
  const pitch = measures.cell + measures.gap;
  const found: Rows[] = [];
  for (let section = sectionAt(layout, from); section < sections.length; section += 1) {
    const laid = sections[section];
    if (!laid || laid.top > to) break;
    const inside = (y: number) => Math.floor((y - laid.top - measures.heading) / pitch);
    const lastRow = Math.ceil(laid.posts / measures.columns) - 1;
    const first = Math.max(0, Math.min(lastRow, inside(from)));
    found.push({ section, first, last: Math.max(first, Math.min(lastRow, inside(to))) });
  }
  return found;
}

export function placeOfPost(layout: Layout, index: number) {
  const section = sectionOf(layout, index);
  const laid = layout.sections[section];
  const { columns, cell, gap, heading } = layout.measures;
  const inside = index - (laid?.start ?? 0);
  const row = Math.floor(inside / columns);
  const column = inside % columns;
  return { section, inside, row, column, top: (laid?.top ?? 0) + heading + row * (cell + gap) };
}

/** Index of the first post of the row at a height. */
export function postAt(layout: Layout, y: number): number {
  const [rows] = rowsBetween(layout, Math.max(0, y), Math.max(0, y));
  const laid = rows && layout.sections[rows.section];
  return laid ? laid.start + rows.first * layout.measures.columns : 0;
}

export type Step = 'left' | 'right' | 'up' | 'down';

/** The post that an arrow key leads to: continues over the ends of rows and months, and keeps the column if possible. */
export function step(layout: Layout, index: number, direction: Step): number {
  const within = (wanted: number) => Math.max(0, Math.min(layout.posts - 1, wanted));
  if (direction === 'left') return within(index - 1);
  if (direction === 'right') return within(index + 1);

  const { columns } = layout.measures;
  const { section, row, column } = placeOfPost(layout, index);
  const lastRowOf = (number: number) => Math.ceil((layout.sections[number]?.posts ?? 0) / columns) - 1;
  const isDown = direction === 'down';
  const isInside = isDown ? row < lastRowOf(section) : row > 0;
  const nextSection = isInside ? section : section + (isDown ? 1 : -1);
  const laid = layout.sections[nextSection];
  if (!laid) return index;
  const nextRow = isInside ? row + (isDown ? 1 : -1) : isDown ? 0 : lastRowOf(nextSection);
  return laid.start + Math.min(laid.posts - 1, nextRow * columns + column);
}
