import { useEffect, useRef, useState } from 'preact/hooks';
import { formats } from '../words/words.ts';
import { type Layout, sectionAt } from './layout.ts';
import { monthName } from './month.tsx';
import { headerHeight } from './viewport.ts';

interface Props {
  readonly layout: Layout;
  readonly y: number;
  readonly view: number;
  readonly now: () => number;
  readonly scrollTo: (y: number) => void;
  readonly label: string;
}

const MIN_YEAR_DISTANCE = 20;

/** The timeline: a mark for every month, longer for more posts; a thumb to drag, and keys to go by months and years. */
export function Timeline({ layout, y, view, now, scrollTo, label }: Props) {
  const { sections } = layout;
  const track = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(0);
  const [isDragging, setDragging] = useState(false);
  const at = useWindowSection({ layout, y, now });

  useEffect(() => {
    const measure = () => setHeight(track.current?.clientHeight ?? 0);
    measure();
    addEventListener('resize', measure);
    return () => removeEventListener('resize', measure);
  }, [view]);

  const covered = headerHeight();
  const goTo = (number: number) => {
    const section = sections[Math.max(0, Math.min(sections.length - 1, number))];
    if (section) scrollTo(section.top - covered);
  };
  const dragTo = (clientY: number) => {
    const box = track.current?.getBoundingClientRect();
    if (!box) return;
    const share = Math.max(0, Math.min(0.9999, (clientY - box.top) / box.height));
    const number = Math.floor(share * sections.length);
    const section = sections[number];
    if (section) scrollTo(section.top - covered + (share * sections.length - number) * section.height);
  };
  const current = Math.min(sections.length - 1, Math.floor(at));
  const name = monthName(sections[current]?.key ?? '');

  return (
    <div class="timeline" data-dragging={isDragging ? '' : undefined} data-away={y > 0 ? '' : undefined}>
      <div
        ref={track}
        class="timeline-track"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-orientation="vertical"
        aria-valuemin={1}
        aria-valuemax={sections.length}
        aria-valuenow={current + 1}
        aria-valuetext={name}
        onKeyDown={(event) => {
          const next = nextSection(sections, current, event.key);
          if (next === undefined) return;
          event.preventDefault();
          goTo(next);
        }}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragging(true);
          dragTo(event.clientY);
        }}
        onPointerMove={(event) => isDragging && dragTo(event.clientY)}
        onPointerUp={() => setDragging(false)}
        onPointerCancel={() => setDragging(false)}
      >
        {height > 0 && <Marks sections={sections} height={height} />}
        <span class="timeline-thumb" style={{ transform: `translateY(${(at / sections.length) * height}px)` }}>
          <span class="timeline-bubble" aria-hidden="true">
            {name}
          </span>
        </span>
      </div>
    </div>
  );
}

type Sections = Layout['sections'];

/** The section that a key leads to. Further down is further back in time. */
function nextSection(sections: Sections, current: number, key: string): number | undefined {
  const yearOf = (number: number) => sections[number]?.key.slice(0, 4);
  if (key === 'ArrowDown' || key === 'ArrowLeft') return current + 1;
  if (key === 'ArrowUp' || key === 'ArrowRight') return current - 1;
  if (key === 'Home') return 0;
  if (key === 'End') return sections.length - 1;
  if (key === 'PageDown') {
    const next = sections.findIndex((_, number) => number > current && yearOf(number) !== yearOf(current));
    return next < 0 ? sections.length - 1 : next;
  }
  if (key === 'PageUp')
    return Math.max(
      0,
      sections.findLastIndex((_, number) => number < current && yearOf(number) !== yearOf(current)),
    );
  return undefined;
}

/** The window's position as a fractional section number, updated on every scroll event. */
function useWindowSection({ layout, y, now }: Pick<Props, 'layout' | 'y' | 'now'>): number {
  const [at, setAt] = useState(0);
  useEffect(() => {
    const look = () => {
      const top = now() + headerHeight() + 1;
      const number = sectionAt(layout, top);
      const section = layout.sections[number];
      setAt(section ? number + Math.max(0, Math.min(0.999, (top - section.top) / section.height)) : 0);
    };
    look();
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, [layout, y]);
  return at;
}

function Marks({ sections, height }: { sections: Sections; height: number }) {
  const most = Math.max(...sections.map(({ posts }) => posts));
  const pitch = height / sections.length;
  const years: { year: string; top: number }[] = [];
  const ticks = sections.map(({ key, posts }, number) => {
    const top = number * pitch;
    const year = key.slice(0, 4);
    const isNew = key.slice(0, 4) !== sections[number - 1]?.key.slice(0, 4);
    const before = years.at(-1);
    if (isNew && key !== 'none' && (!before || top - before.top >= MIN_YEAR_DISTANCE)) years.push({ year, top });
    const length = 4 + 16 * Math.sqrt(posts / most);
    return `M${24 - length} ${Math.round(top + pitch / 2) + 0.5}h${length.toFixed(1)}`;
  });
  return (
    <svg class="timeline-marks" width="64" height={height} aria-hidden="true" focusable="false">
      <path d={ticks.join('')} transform="translate(36 0)" />
      {years.map(({ year, top }) => (
        <text key={year} x="34" y={Math.min(height - 4, top + 11)} text-anchor="end">
          {formats.month(`${year}-01`).match(/\d{4}/)?.[0] ?? year}
        </text>
      ))}
    </svg>
  );
}
