#!/usr/bin/env node
import { createAsk } from './cli/ask.ts';
import { EXIT } from './cli/exit-codes.ts';
import { runCli } from './cli/run-cli.ts';
import { InterruptedError } from './errors.ts';
import { sleep } from './lib/sleep.ts';
import { showSourcesInStacks } from './lib/source-stacks.ts';
import { version } from './version.ts';

/** The process: arguments, environment, clock, signals and the exit status. No other file imports it. */

/** Signals within so many milliseconds count as one: npx forwards a Ctrl-C that we already got from the terminal. */
const SAME_SIGNAL = 500;

showSourcesInStacks();

/** Aborted by the first Ctrl-C, SIGTERM or closed terminal; the second Ctrl-C or SIGTERM exits immediately. */
function interruption(note: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  let stoppedAt: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (stoppedAt === undefined) {
      stoppedAt = performance.now();
      note('Stopping… (press Ctrl-C again to quit immediately)');
      controller.abort();
    } else if (signal !== 'SIGHUP' && performance.now() - stoppedAt > SAME_SIGNAL) {
      // A closing terminal sends SIGHUP twice, through the shell and itself: not a request to hurry.
      process.exit(EXIT.interrupted);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return controller.signal;
}

// If the reader stops early, such as `head`, or the terminal was closed, the command still ends properly.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

process.exitCode = await runCli({
  version,
  args: process.argv.slice(2),
  environment: process.env,
  directory: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  clock: {
    now: () => new Date(),
    sleep: (milliseconds, signal) =>
      sleep(milliseconds, signal).catch(() => {
        throw new InterruptedError();
      }),
  },
  ask: process.stdin.isTTY && process.stderr.isTTY ? createAsk : undefined,
  readInput: async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  },
  interruption,
});
