#!/usr/bin/env node
import { createAsk } from './cli/ask.ts';
import { EXIT } from './cli/exit-codes.ts';
import { runCli } from './cli/run-cli.ts';
import { InterruptedError } from './errors.ts';
import { sleep } from './lib/sleep.ts';
import { showSourcesInStacks } from './lib/source-stacks.ts';
import { version } from './version.ts';

/** The process edge: arguments, environment, clock, signals and the exit status. Nobody imports it. */

/** What comes within so many milliseconds is one wish: npx passes on a Ctrl-C that the terminal has told us of already. */
const ONE_WISH = 500;

showSourcesInStacks();

/** Aborted by the first Ctrl-C, SIGTERM or closed terminal; the second Ctrl-C or SIGTERM ends the process at once. */
function interruption(note: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  let asked: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (asked === undefined) {
      asked = performance.now();
      note('Stopping … (once more to stop at once)');
      controller.abort();
    } else if (signal !== 'SIGHUP' && performance.now() - asked > ONE_WISH) {
      // A terminal that closes says so twice, by the shell and by itself, and nobody has lost patience.
      process.exit(EXIT.interrupted);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return controller.signal;
}

// A reader that had enough, as `head`, or a terminal that was closed: what is under way still ends in order.
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
