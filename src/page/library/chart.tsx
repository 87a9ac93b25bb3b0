import { useRef, useState } from 'preact/hooks';
import type { LibraryOverview } from '../../contract/library.ts';
import { POST_KINDS, type PostKind } from '../../contract/values.ts';
import { dayAfter } from '../address.ts';
import { useWidth } from '../gallery/viewport.ts';
import { hrefOf } from '../navigation.ts';
import { formats, words } from '../words/words.ts';
import { everyMonth, totalOf } from './months.ts';

type Months = LibraryOverview['months'];

const HEIGHT = 180;
const FOOT = 20;

/** A stacked column chart of posts by month and kind, followed by a table of the same numbers. */
export function Chart({ months }: { months: Months }) {
  const room = useRef<HTMLDivElement>(null);
  const width = useWidth(room);
  const [shown, setShown] = useState<string>();
  const all = everyMonth(months);
  const kinds = POST_KINDS.filter((kind) => months.some(({ posts }) => posts[kind]));
  const selected = all.find(({ month }) => month === shown);
  return (
    <section class="card" aria-labelledby="chart">
      <h2 id="chart">{words.library.byMonth}</h2>
      <div class="chart" ref={room} aria-hidden="true" onMouseLeave={() => setShown(undefined)}>
        {width > 0 && <Columns months={all} width={width} show={setShown} shown={shown} />}
      </div>
      <p class="chart-told" aria-hidden="true">
        {selected
          ? `${formats.month(selected.month)}: ${words.gallery.found(formats.number(totalOf(selected)), totalOf(selected))}`
          : '\u00a0'}
      </p>
      <ul class="legend" aria-hidden="true">
        {kinds.map((kind) => (
          <li key={kind}>
            <span class={`swatch swatch-${kind}`} />
            {words.kindsMany[kind]}
          </li>
        ))}
      </ul>
      <details class="more">
        <summary>{words.library.showTable}</summary>
        <MonthTable months={months} kinds={kinds} />
      </details>
    </section>
  );
}

interface ColumnsProps {
  readonly months: Months;
  readonly width: number;
  readonly shown: string | undefined;
  readonly show: (month: string | undefined) => void;
}

function Columns({ months, width, shown, show }: ColumnsProps) {
  const most = Math.max(1, ...months.map(totalOf));
  const pitch = width / months.length;
  const column = Math.max(1, pitch > 4 ? pitch - 1.5 : pitch * 0.8);
  const scale = (HEIGHT - FOOT - 8) / most;
  const yearStep = Math.max(1, Math.ceil(40 / (pitch * 12)));
  return (
    <svg
      width={width}
      height={HEIGHT}
      focusable="false"
      aria-hidden="true"
      onMouseMove={(event) => show(months[Math.floor(event.offsetX / pitch)]?.month)}
    >
      {POST_KINDS.map((kind) => (
        <path
          key={kind}
          class={`bar-${kind}`}
          d={months.map((month, at) => block({ month, kind, left: at * pitch, column, scale })).join('')}
        />
      ))}
      {months.map(({ month }, at) =>
        month === shown ? (
          <rect key={month} class="chart-here" x={at * pitch - 1} y={0} width={column + 2} height={HEIGHT - FOOT} />
        ) : null,
      )}
      <path class="chart-line" d={`M0 ${HEIGHT - FOOT + 0.5}H${width}`} />
      {months.map(({ month }, at) =>
        month.endsWith('-01') && Number(month.slice(0, 4)) % yearStep === 0 && at * pitch < width - 30 ? (
          <text key={month} x={at * pitch} y={HEIGHT - 4}>
            {month.slice(0, 4)}
          </text>
        ) : null,
      )}
    </svg>
  );
}

interface Block {
  readonly month: Months[number];
  readonly kind: PostKind;
  readonly left: number;
  readonly column: number;
  readonly scale: number;
}

function block({ month, kind, left, column, scale }: Block): string {
  const count = month.posts[kind] ?? 0;
  if (count === 0) return '';
  const below = POST_KINDS.slice(0, POST_KINDS.indexOf(kind)).reduce((sum, each) => sum + (month.posts[each] ?? 0), 0);
  const bottom = HEIGHT - FOOT - below * scale;
  const round = (value: number) => value.toFixed(1);
  return `M${round(left)} ${round(bottom)}h${round(column)}v${round(-count * scale)}h${round(-column)}z`;
}

const MonthTable = ({ months, kinds }: { months: Months; kinds: readonly PostKind[] }) => (
  <div class="table-room table-high">
    <table>
      <caption class="vh">{words.library.chartNote}</caption>
      <thead>
        <tr>
          <th scope="col">{words.library.month}</th>
          {kinds.map((kind) => (
            <th key={kind} scope="col">
              {words.kindsMany[kind]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {months.toReversed().map(({ month, posts }) => (
          <tr key={month}>
            <th scope="row">
              <a
                href={hrefOf(
                  { page: 'gallery' },
                  { order: 'newest', since: `${month}-01`, until: `${dayAfter(`${month}-01`, 31).slice(0, 7)}-01` },
                )}
              >
                {formats.month(month)}
              </a>
            </th>
            {kinds.map((kind) => (
              <td key={kind}>{formats.number(posts[kind] ?? 0)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
