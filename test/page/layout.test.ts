import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Layout,
  layOut,
  measuresFor,
  placeOfPost,
  postAt,
  rowsBetween,
  type Step,
  step,
} from '../../src/page/gallery/layout.ts';
import { MAX_HEIGHT, movedTo, pageHeight, scrollFor } from '../../src/page/gallery/long-scroll.ts';

const measures = { columns: 3, cell: 100, gap: 2, heading: 50 };
const three = layOut(
  [
    { key: '2020-02', posts: 7 },
    { key: '2020-01', posts: 2 },
    { key: 'none', posts: 1 },
  ],
  measures,
);

test('months are stacked, each as high as its heading and rows', () => {
  expect(three.sections.map(({ start, top, height }) => ({ start, top, height }))).toEqual([
    { start: 0, top: 0, height: 50 + 3 * 102 + 20 },
    { start: 7, top: 376, height: 50 + 102 + 20 },
    { start: 9, top: 548, height: 172 },
  ]);
  expect(three).toMatchObject({ posts: 10, height: 720 });
});

test('a phone has three columns, and tiles fill the width exactly', () => {
  expect(measuresFor(360, true).columns).toBe(3);
  for (const width of [360, 599, 600, 768, 1024, 1440, 2560]) {
    const { columns, cell, gap } = measuresFor(width, true);
    expect(columns * cell + (columns - 1) * gap).toBeCloseTo(width);
  }
});

test.each<[Step, number, number]>([
  ['right', 6, 7],
  ['left', 0, 0],
  ['down', 1, 4],
  ['down', 5, 6],
  ['down', 6, 7],
  ['down', 8, 9],
  ['down', 9, 9],
  ['up', 9, 7],
  ['up', 8, 6],
  ['up', 7, 6],
  ['up', 2, 2],
])('arrow key %s leads from post %i to %i', (direction, from, to) => expect(step(three, from, direction)).toBe(to));

const layouts: fc.Arbitrary<Layout> = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 60 }),
    fc.integer({ min: 320, max: 2000 }),
  )
  .map(([months, width]) =>
    layOut(
      months.map((posts, key) => ({ key: String(key), posts })),
      measuresFor(width, true),
    ),
  );

test('the visible rows are found, and none far away', () => {
  fc.assert(
    fc.property(layouts, fc.double({ min: 0, max: 1, noNaN: true }), (layout, share) => {
      const from = share * layout.height;
      const rows = rowsBetween(layout, from, from + 800);
      for (let index = 0; index < layout.posts; index += 1) {
        const { section, row, top } = placeOfPost(layout, index);
        const isFound = rows.some((each) => each.section === section && row >= each.first && row <= each.last);
        const isInSight = top + layout.measures.cell >= from && top <= from + 800;
        if (isInSight) expect(isFound).toBe(true);
        if (top > from + 2000 || top < from - 2000) expect(isFound).toBe(false);
      }
    }),
    { numRuns: 30 },
  );
});

test('the post at a height is the first of its row', () => {
  fc.assert(
    fc.property(layouts, fc.nat(), (layout, number) => {
      const index = number % layout.posts;
      const { inside, column, top } = placeOfPost(layout, index);
      const { cell } = layout.measures;
      expect(placeOfPost(layout, postAt(layout, top + cell / 2)).inside).toBe(inside - column);
    }),
  );
});

test('an empty gallery has no rows', () => {
  const none = layOut([], measures);
  expect(none).toMatchObject({ posts: 0, height: 0 });
  expect(rowsBetween(none, 0, 1000)).toEqual([]);
  expect(postAt(none, 0)).toBe(0);
});

test('50,000 posts keep their real height, a million are limited to what browsers support', () => {
  const heightOf = (posts: number) => layOut([{ key: 'all', posts }], measuresFor(360, false)).height;
  expect(pageHeight(heightOf(50_000))).toBe(heightOf(50_000));
  expect(heightOf(1_000_000)).toBeGreaterThan(40_000_000);
  expect(pageHeight(heightOf(1_000_000))).toBe(MAX_HEIGHT);
});

test('the scroll bar of a million posts reaches the start, the end and everything between', () => {
  const sizes = { height: 40_000_000, view: 700 };
  const end = sizes.height - sizes.view;
  for (const y of [0, 1, 12_345_678, end]) {
    const scroll = scrollFor(y, sizes);
    expect(scroll.position + scroll.shift).toBeCloseTo(y, 3);
    expect(scroll.position).toBeGreaterThanOrEqual(0);
    expect(scroll.position).toBeLessThanOrEqual(MAX_HEIGHT - sizes.view + 0.001);
  }
  expect(scrollFor(end, sizes).position).toBeCloseTo(MAX_HEIGHT - sizes.view, 3);
});

test('a step moves by its own length, a jump is scaled', () => {
  const sizes = { height: 40_000_000, view: 700 };
  const before = scrollFor(20_000_000, sizes);
  const stepped = movedTo(before.position + 120, before, sizes);
  expect(stepped.position + stepped.shift).toBeCloseTo(20_000_120, 3);
  const jumped = movedTo(MAX_HEIGHT - sizes.view, before, sizes);
  expect(jumped.position + jumped.shift).toBeCloseTo(sizes.height - sizes.view, 3);
  expect(movedTo(-56, before, sizes)).toEqual({ position: -56, shift: 0 });
});
