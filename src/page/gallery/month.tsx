import type { Query } from '../address.ts';
import { Icon } from '../icons.tsx';
import { hrefOf } from '../navigation.ts';
import { formats, words } from '../words/words.ts';
import type { Layout, Rows } from './layout.ts';
import type { PostsOfQuery } from './posts.ts';
import { Tile } from './tile.tsx';

/** What every month of the grid needs to render. */
export interface Rendering {
  readonly layout: Layout;
  readonly posts: PostsOfQuery;
  readonly query: Query;
  /** The post that the Tab key focuses. */
  readonly active: number;
  readonly selected: ReadonlySet<string>;
  readonly isSelecting: boolean;
  /** The part of the layout, in pixels, that the page renders; months are clipped to it. */
  readonly from: number;
  readonly to: number;
  readonly shift: number;
  readonly selectMonth: (section: number) => void;
}

export const monthName = (key: string) =>
  key === 'none' ? words.months.none : key === 'all' ? words.months.all : formats.month(key);

/** A month with its rows near the window. Its box is as high as all of its rows, clipped to the rendered part. */
export function Month({ rendering, rows }: { rendering: Rendering; rows: readonly Rows[] }) {
  const { layout, from, to, shift } = rendering;
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
            onClick={() => rendering.selectMonth(number)}
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
      <ul class="cells">{rows.flatMap((each) => tilesOf(each, { ...rendering, top }))}</ul>
    </section>
  );
}

/** Renders the year less prominently than the month, wherever the language puts it. */
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

function tilesOf({ section, first, last }: Rows, rendering: Rendering & { top: number }) {
  const { layout, posts, query, active, selected, isSelecting, top } = rendering;
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
