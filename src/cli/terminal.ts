import Table from 'cli-table3';
import pc from 'picocolors';

type Colors = ReturnType<typeof pc.createColors>;

/** Where a command shows its results (standard output) and its progress (standard error). */
export interface Terminal {
  readonly colors: Colors;
  /** Shows a result. */
  print(text?: string): void;
  /** Shows one JSON document, the only thing on standard output. */
  json(value: unknown): void;
  /** Tells how it goes, on standard error. */
  note(text: string): void;
  /** A line that the next one replaces; only on a terminal. */
  status(text: string): void;
  clearStatus(): void;
  /** True where {@link Terminal.status} shows anything. */
  readonly isLive: boolean;
}

/** Where text goes: a terminal, a file, a pipe. */
export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

interface Streams {
  stdout: Stream;
  stderr: Stream;
  /** True where `NO_COLOR` is set. */
  noColor: boolean;
}

export function createTerminal({ stdout, stderr, noColor }: Streams): Terminal {
  const colors = pc.createColors(!noColor && stdout.isTTY === true);
  const isLive = stderr.isTTY === true;
  let shown = false;
  const clearStatus = () => {
    if (shown) stderr.write('\r\u001b[2K');
    shown = false;
  };
  return {
    colors,
    isLive,
    clearStatus,
    print(text = '') {
      clearStatus();
      stdout.write(`${text}\n`);
    },
    json: (value) => stdout.write(`${JSON.stringify(value, undefined, 2)}\n`),
    note(text) {
      clearStatus();
      stderr.write(`${text}\n`);
    },
    status(text) {
      if (!isLive) return;
      // A line that wraps could not be replaced.
      stderr.write(`\r\u001b[2K${[...text].slice(0, (stderr.columns || 80) - 1).join('')}`);
      shown = true;
    },
  };
}

/** A table as people read it; numbers stand at the right. */
export function renderTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const aligns = head.map((_, column) =>
    rows.length > 0 && rows.every((row) => typeof row[column] === 'number') ? ('right' as const) : ('left' as const),
  );
  // Colours of its own would end up in pipes.
  const table = new Table({ head: [...head], colAligns: aligns, style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => row.map(String)));
  return table.toString();
}

/** A frame with a title line around some lines. */
export function renderPanel(title: string, lines: readonly string[]): string {
  const table = new Table({ style: { head: [], border: [] } });
  table.push([[title, '', ...lines].join('\n')]);
  return table.toString();
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `12.3 MiB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}

/** `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `1 item`, `2 items`. */
export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** Text from outside as one line that cannot steer the terminal. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ');
