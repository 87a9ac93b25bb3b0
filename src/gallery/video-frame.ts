import { spawn } from 'node:child_process';

/** What a frame may take: none is so hard to find, nor so large. */
const PATIENCE_MS = 20_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** Takes the first picture of a video, or of a HEIC file, as a PNG; nothing where that cannot be done. */
export interface VideoFrames {
  first(path: string, signal: AbortSignal): Promise<Buffer | undefined>;
}

/**
 * By ffmpeg, where there is one.
 *
 * @param program its name on the PATH, or its place.
 */
export function createVideoFrames(program: string): VideoFrames {
  let isThere: Promise<boolean> | undefined;
  const run = (args: readonly string[], signal: AbortSignal): Promise<Buffer | undefined> =>
    new Promise((resolve) => {
      const child = spawn(program, args, {
        stdio: ['ignore', 'pipe', 'ignore'],
        signal,
        timeout: PATIENCE_MS,
        killSignal: 'SIGKILL',
        windowsHide: true,
      });
      const chunks: Buffer[] = [];
      let size = 0;
      child.stdout.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_BYTES) child.kill('SIGKILL');
        else chunks.push(chunk);
      });
      child.on('error', () => resolve(undefined));
      child.on('close', (code) => resolve(code === 0 && size <= MOST_BYTES ? Buffer.concat(chunks) : undefined));
    });

  return {
    async first(path, signal) {
      isThere ??= run(['-version'], new AbortController().signal).then((said) => said !== undefined);
      if (!(await isThere)) return undefined;
      const picture = await run(
        [
          ...['-nostdin', '-hide_banner', '-loglevel', 'error', '-threads', '1'],
          // A playlist under a video's name would have it open whatever it names.
          ...['-protocol_whitelist', 'file,pipe', '-f', 'mov', '-i', `file:${path}`],
          ...['-map', '0:v:0', '-frames:v', '1', '-c:v', 'png', '-f', 'image2pipe', 'pipe:1'],
        ],
        signal,
      );
      signal.throwIfAborted();
      return picture?.length ? picture : undefined;
    },
  };
}
