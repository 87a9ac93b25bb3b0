/** Where every post of the gallery lies, by arithmetic alone: nothing has to be loaded or measured for it. Pixels throughout. */
export interface Section {
  /** `2019-05`, `none` for posts without a time, `all` where there are no months. */
  readonly key: string;
  readonly posts: number;
}

export interface Measures {
  readonly columns: number;
  /** Width and height of a tile. */
  readonly cell: number;
  readonly gap: number;
  /** Height of a month's heading; 0 where there is none. */
  readonly heading: number;
}

interface Laid extends Section {
  /** Its first post, counted over all sections. */
  readonly start: number;
  readonly top: number;
  readonly height: number;
}

export interface Layout {
  readonly measures: Measures;
  readonly sections: readonly Laid[];
  readonly posts: number;
  readonly height: number;
}

/** Rows of a section, the last one included. */
export interface Rows {
  readonly section: number;
  readonly first: number;
  readonly last: number;
}

const BELOW_SECTION = 20;

/** Three tiles side by side on a phone, and as many as the screen has room for elsewhere. */
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

/** The last of the ascending `values` that is not above `wanted`; the first where all are. */
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

/** What is to be seen between two heights. */
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

/** The first post of the row at that height. */
export function postAt(layout: Layout, y: number): number {
  const [rows] = rowsBetween(layout, Math.max(0, y), Math.max(0, y));
  const laid = rows && layout.sections[rows.section];
  return laid ? laid.start + rows.first * layout.measures.columns : 0;
}

export type Step = 'left' | 'right' | 'up' | 'down';

/** Where an arrow leads from a post: over the ends of rows and months, in the same column if the row is long enough. */
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
