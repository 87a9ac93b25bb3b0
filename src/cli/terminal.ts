import Table from 'cli-table3';
import pc from 'picocolors';

export { oneLine } from '../lib/one-line.ts';

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
    json: (value) => stdout.write(`${escaped(JSON.stringify(value, undefined, 2))}\n`),
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

/** JSON leaves some characters as they are that steer a terminal; escaped they mean the same. */
const escaped = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

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
