import { spawn } from 'node:child_process';
import type { OpenFile } from '../files/with-local-file.ts';

/** What a frame may take: none is so hard to find, nor so large. */
const PATIENCE_MS = 20_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** Takes the first picture of a video, or of a HEIC file, as a PNG; undefined if that cannot be done. */
export interface VideoFrames {
  first(file: OpenFile, signal: AbortSignal): Promise<Buffer | undefined>;
}

/** As which the program finds the descriptor that it is given. A path could become a link before it is opened. */
const GIVEN = 3;
const placeOf = ({ path }: OpenFile): string => (process.platform === 'win32' ? path : `/dev/fd/${GIVEN}`);

/**
 * By ffmpeg, where there is one.
 *
 * @param program its name on the PATH, or its place.
 */
export function createVideoFrames(program: string): VideoFrames {
  let isThere: Promise<boolean> | undefined;
  const run = (args: readonly string[], signal: AbortSignal, descriptor?: number): Promise<Buffer | undefined> =>
    new Promise((resolve) => {
      const child = spawn(program, args, {
        stdio: ['ignore', 'pipe', 'ignore', ...(descriptor === undefined ? [] : [descriptor])],
        signal,
        timeout: PATIENCE_MS,
        killSignal: 'SIGKILL',
        windowsHide: true,
      });
      const chunks: Buffer[] = [];
      let size = 0;
      child.stdout?.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_BYTES) child.kill('SIGKILL');
        else chunks.push(chunk);
      });
      child.on('error', () => resolve(undefined));
      child.on('close', (code) => resolve(code === 0 && size <= MOST_BYTES ? Buffer.concat(chunks) : undefined));
    });

  return {
    async first(file, signal) {
      isThere ??= run(['-version'], new AbortController().signal).then((said) => said !== undefined);
      if (!(await isThere)) return undefined;
      const picture = await run(
        [
          ...['-nostdin', '-hide_banner', '-loglevel', 'error', '-threads', '1'],
          // A playlist under a video's name would have it open whatever it names.
          ...['-protocol_whitelist', 'file,pipe', '-f', 'mov', '-i', `file:${placeOf(file)}`],
          ...['-map', '0:v:0', '-frames:v', '1', '-c:v', 'png', '-f', 'image2pipe', 'pipe:1'],
        ],
        signal,
        file.descriptor,
      );
      signal.throwIfAborted();
      return picture?.length ? picture : undefined;
    },
  };
}
