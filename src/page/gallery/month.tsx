import type { Query } from '../address.ts';
import { Icon } from '../icons.tsx';
import { hrefOf } from '../navigation.ts';
import { formats, words } from '../words/words.ts';
import type { Layout, Rows } from './layout.ts';
import type { PostsOfQuery } from './posts.ts';
import { Tile } from './tile.tsx';

/** What all months of the grid are drawn with. */
export interface Drawing {
  readonly layout: Layout;
  readonly posts: PostsOfQuery;
  readonly query: Query;
  /** The post that the Tab key reaches. */
  readonly active: number;
  readonly selected: ReadonlySet<string>;
  readonly isSelecting: boolean;
  /** Between these heights of the layout the page has elements; a month that fits is always whole. */
  readonly from: number;
  readonly to: number;
  readonly shift: number;
  readonly selectMonth: (section: number) => void;
}

export const monthName = (key: string) =>
  key === 'none' ? words.months.none : key === 'all' ? words.months.all : formats.month(key);

/** A month with those of its rows that are near; as high as all of them, as far as the page reaches. */
export function Month({ drawing, rows }: { drawing: Drawing; rows: readonly Rows[] }) {
  const { layout, from, to, shift } = drawing;
  const number = rows[0]?.section ?? 0;
  const laid = layout.sections[number];
  if (!laid) return null;
  const top = Math.max(laid.top, from);
  const height = Math.max(0, Math.min(laid.top + laid.height, to) - top);
  const name = monthName(laid.key);
  const heading = `month-${laid.key}`;
  return (
    <section class="month" aria-labelledby={heading} style={{ top: `${top - shift}px`, height: `${height}px` }}>
      {layout.measures.heading > 0 ? (
        <div class="month-head">
          <h2 id={heading}>
            <MonthName of={laid.key} />
          </h2>
          <span class="month-count">{words.gallery.found(formats.number(laid.posts), laid.posts)}</span>
          <button
            type="button"
            class="month-select"
            aria-label={words.gallery.selectMonth(name)}
            onClick={() => drawing.selectMonth(number)}
          >
            <Icon name="check" size={16} />
            <span>{words.gallery.selectMonthShort}</span>
          </button>
        </div>
      ) : (
        <h2 id={heading} class="vh">
          {name}
        </h2>
      )}
      <ul class="cells">{rows.flatMap((each) => tilesOf(each, { ...drawing, top }))}</ul>
    </section>
  );
}

/** The year stands back behind the month, wherever the language puts it. */
function MonthName({ of: key }: { of: string }) {
  const name = monthName(key);
  const year = key.slice(0, 4);
  const at = name.lastIndexOf(year);
  if (at < 0 || !/^\d{4}$/.test(year)) return <>{name}</>;
  return (
    <>
      {name.slice(0, at)}
      <span class="month-year">{year}</span>
      {name.slice(at + year.length)}
    </>
  );
}

function tilesOf({ section, first, last }: Rows, drawing: Drawing & { top: number }) {
  const { layout, posts, query, active, selected, isSelecting, top } = drawing;
  const { columns, cell, gap, heading } = layout.measures;
  const laid = layout.sections[section];
  if (!laid) return [];
  const tiles = [];
  for (let inside = first * columns; inside < Math.min(laid.posts, (last + 1) * columns); inside += 1) {
    const post = posts.tile(laid, inside);
    const index = laid.start + inside;
    tiles.push(
      <Tile
        key={index}
        post={post}
        index={index}
        left={(inside % columns) * (cell + gap)}
        top={laid.top + heading + Math.floor(inside / columns) * (cell + gap) - top}
        size={cell}
        setSize={laid.posts}
        position={inside}
        href={post ? hrefOf({ page: 'post', id: post.id }, query) : ''}
        hasFocus={index === active}
        isSelected={post !== undefined && selected.has(post.id)}
        isSelecting={isSelecting}
        showsLikes={query.order === 'likes'}
      />,
    );
  }
  return tiles;
}
