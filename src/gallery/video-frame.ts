import { spawn } from 'node:child_process';
import type { OpenFile } from '../files/with-local-file.ts';

/** Limits for one frame. In milliseconds and bytes. */
const TIMEOUT = 20_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** Extracts the first frame of a video, or the image of a HEIC file, as a PNG; undefined if that is not possible. */
export interface VideoFrames {
  first(file: OpenFile, signal: AbortSignal): Promise<Buffer | undefined>;
}

/** The number that the descriptor has in ffmpeg. A path could be replaced by a link before it is opened. */
const DESCRIPTOR = 3;
const inputOf = ({ path }: OpenFile): string => (process.platform === 'win32' ? path : `/dev/fd/${DESCRIPTOR}`);

/**
 * Uses ffmpeg, if it is installed.
 *
 * @param program its name on the PATH, or its path.
 */
export function createVideoFrames(program: string): VideoFrames {
  let isInstalled: Promise<boolean> | undefined;
  const run = (args: readonly string[], signal: AbortSignal, descriptor?: number): Promise<Buffer | undefined> =>
    new Promise((resolve) => {
      const child = spawn(program, args, {
        stdio: ['ignore', 'pipe', 'ignore', ...(descriptor === undefined ? [] : [descriptor])],
        signal,
        timeout: TIMEOUT,
        killSignal: 'SIGKILL',
        windowsHide: true,
      });
      const chunks: Buffer[] = [];
      let size = 0;
      child.stdout?.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES) child.kill('SIGKILL');
        else chunks.push(chunk);
      });
      child.on('error', () => resolve(undefined));
      child.on('close', (code) => resolve(code === 0 && size <= MAX_BYTES ? Buffer.concat(chunks) : undefined));
    });

  return {
    async first(file, signal) {
      isInstalled ??= run(['-version'], new AbortController().signal).then((output) => output !== undefined);
      if (!(await isInstalled)) return undefined;
      const frame = await run(
        [
          ...['-nostdin', '-hide_banner', '-loglevel', 'error', '-threads', '1'],
          // A playlist with the name of a video could make ffmpeg open other files.
          ...['-protocol_whitelist', 'file,pipe', '-f', 'mov', '-i', `file:${inputOf(file)}`],
          ...['-map', '0:v:0', '-frames:v', '1', '-c:v', 'png', '-f', 'image2pipe', 'pipe:1'],
        ],
        signal,
        file.descriptor,
      );
      signal.throwIfAborted();
      return frame?.length ? frame : undefined;
    },
  };
}
