import Table from 'cli-table3';
import pc from 'picocolors';

export { oneLine } from '../lib/one-line.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** Where a command prints its results (standard output) and its progress (standard error). */
export interface Terminal {
  readonly colors: Colors;
  /** Prints a line of the result. */
  print(text?: string): void;
  /** Prints a JSON document, the only output on standard output. */
  json(value: unknown): void;
  /** Prints a line on standard error. */
  note(text: string): void;
  /** Shows a line that the next one replaces; does nothing without a terminal. */
  status(text: string): void;
  clearStatus(): void;
  /** True if {@link Terminal.status} shows anything. */
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
  /** True if `NO_COLOR` is set. */
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
      // A wrapped line could not be replaced.
      stderr.write(`\r\u001b[2K${[...text].slice(0, (stderr.columns || 80) - 1).join('')}`);
      shown = true;
    },
  };
}

/** Escapes characters that control a terminal and that JSON leaves as they are. */
const escaped = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A table with borders; columns of numbers are aligned right. */
export function renderTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const aligns = head.map((_, column) =>
    rows.length > 0 && rows.every((row) => typeof row[column] === 'number') ? ('right' as const) : ('left' as const),
  );
  // The table's own colours would end up in pipes.
  const table = new Table({ head: [...head], colAligns: aligns, style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => row.map(String)));
  return table.toString();
}

/** A box with a title and some lines. */
export function renderPanel(title: string, lines: readonly string[]): string {
  const table = new Table({ style: { head: [], border: [] } });
  table.push([[title, '', ...lines].join('\n')]);
  return table.toString();
}
