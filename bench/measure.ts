import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one run of a program took. */
export interface Measured {
  readonly seconds: number;
  /** Peak resident memory in MiB; absent where the system does not tell (elsewhere than on Linux). */
  readonly peakMiB: number | undefined;
  /** Processor time in seconds, of all its threads; absent likewise. */
  readonly cpuSeconds: number | undefined;
  readonly stdout: string;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly folder?: string;
  /** Exit codes that are no failure; 0 by default. */
  readonly accepts?: readonly number[];
}

/** How often the peak is read, in milliseconds; the kernel keeps it, so that only what comes after the last look is missed. */
const LOOK_EVERY = 20;
/** Of a second, as /proc counts processor time on every Linux. */
const TICKS = 100;

/** Runs a program to its end. @throws {Error} with its last words, where it fails. */
export async function measure({
  program,
  args,
  environment,
  input,
  folder,
  accepts = [0],
}: Command): Promise<Measured> {
  const began = performance.now();
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(folder ? { cwd: folder } : {}),
  });
  child.stdin.on('error', () => undefined).end(input);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  let peakMiB: number | undefined;
  let cpuSeconds: number | undefined;
  const look = () => {
    peakMiB = peakOf(child.pid) ?? peakMiB;
    cpuSeconds = cpuOf(child.pid) ?? cpuSeconds;
  };
  const looking = setInterval(look, LOOK_EVERY);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(looking));
  const seconds = (performance.now() - began) / 1000;
  if (code === null || !accepts.includes(code)) {
    throw new Error(`${program} ${args[0] ?? ''} ended with ${code}: ${texts.stderr.slice(-500)}`);
  }
  return { seconds, peakMiB, cpuSeconds, stdout: texts.stdout };
}

function peakOf(pid: number | undefined): number | undefined {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(procFile(pid, 'status') ?? '');
  return found ? Number(found[1]) / 1024 : undefined;
}

function cpuOf(pid: number | undefined): number | undefined {
  // The fields after the name, which may hold anything but ends with the last bracket.
  const fields = procFile(pid, 'stat')?.split(') ').at(-1)?.split(' ');
  return fields ? (Number(fields[11]) + Number(fields[12])) / TICKS : undefined;
}

function procFile(pid: number | undefined, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
};
