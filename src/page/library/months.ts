import type { LibraryOverview } from '../../contract/library.ts';

type Months = LibraryOverview['months'];

export const totalOf = ({ posts }: Months[number]) => Object.values(posts).reduce((sum, count) => sum + count, 0);

/** Adds the months without posts in between, for an even time axis. */
export function everyMonth(months: Months): Months {
  const [first] = months;
  const last = months.at(-1);
  if (!first || !last) return [];
  const known = new Map(months.map((each) => [each.month, each]));
  const all: Months = [];
  let year = Number(first.month.slice(0, 4));
  let number = Number(first.month.slice(5));
  for (;;) {
    const month = `${String(year).padStart(4, '0')}-${String(number).padStart(2, '0')}`;
    if (month > last.month) return all;
    all.push(known.get(month) ?? { month, posts: {} });
    number = (number % 12) + 1;
    if (number === 1) year += 1;
  }
}
