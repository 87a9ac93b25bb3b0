import { readFile, writeFile } from 'node:fs/promises';

/** The page of measurements: an introduction, and sections that each begin with a line `## …`. */
export interface BenchDocument {
  /** Writes a section in the place of the one with the same heading, or as the last; at once, since a run may be cut short. */
  put(heading: string, text: string): Promise<void>;
}

/** @param keep whether sections that are there stay until they are measured again. */
export async function openDocument(
  path: string,
  { introduction, keep }: { introduction: string; keep: boolean },
): Promise<BenchDocument> {
  const old = keep ? await readFile(path, 'utf8').catch(() => '') : '';
  const sections = new Map(
    old
      .split(/^(?=## )/m)
      .slice(1)
      .map((section): [string, string] => [section.slice(3, section.indexOf('\n')), section.trimEnd()]),
  );
  return {
    async put(heading, text) {
      sections.set(heading, `## ${heading}\n\n${text.trim()}`);
      await writeFile(path, `${[introduction.trim(), ...sections.values()].join('\n\n')}\n`);
    },
  };
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const seconds = (value: number): string => `${value.toFixed(2)} s`;
export const mebibytes = (value: number | undefined): string =>
  value === undefined ? 'not known' : `${value.toFixed(0)} MiB`;
