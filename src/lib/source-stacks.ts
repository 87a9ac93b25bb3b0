import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

const BUNDLED_PLACE = /(file:\/\/[^\s()]+\.js):(\d+):(\d+)/;

/**
 * Makes stack traces name the source files instead of the bundle. A source map is read only when a stack is, unlike with
 * Node's `--enable-source-maps`, which reads every map at every start.
 */
export function showSourcesInStacks(): void {
  Error.prepareStackTrace = (error, frames) =>
    [Error.prototype.toString.call(error), ...frames.map((frame) => `    at ${sourceOf(`${frame}`)}`)].join('\n');
}

const maps = new Map<string, SourceMap | undefined>();

/** A frame of a stack such as `walk (src/instagram/feed/walk.ts:12:5)`; unchanged if its file has no source map. */
const sourceOf = (frame: string): string =>
  frame.replace(BUNDLED_PLACE, (place, url: string, line: string, column: string) => {
    const entry = mapOf(url)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!entry || !('originalSource' in entry) || !entry.originalSource) return place;
    return `${entry.originalSource.replace('../', '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });

function mapOf(url: string): SourceMap | undefined {
  if (!maps.has(url)) maps.set(url, readMap(url));
  return maps.get(url);
}

function readMap(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')));
  } catch {
    // A stack trace without its sources is better than none.
    return undefined;
  }
}
