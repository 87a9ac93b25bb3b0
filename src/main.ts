import { CommanderError } from '@commander-js/extra-typings';
import { EXIT, type ExitCode, exitCodeOf } from './cli/exit-codes.ts';
import { createProgram, type RunCommand } from './cli/program.ts';
import { InterruptedError, StorylineError } from './errors.ts';
import { version } from './version.ts';

/** The process edge: arguments, environment, signals and the exit status. Nobody imports it. */
async function main(): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const run: RunCommand = async ({ verbose = false, quiet = false }, command) => {
    const [{ readConfig, readEnvironment }, { createTerminal }, { createLog }] = await Promise.all([
      import('./config.ts'),
      import('./cli/terminal.ts'),
      import('./lib/log.ts'),
    ]);
    const { stdout, stderr } = process;
    const environment = readEnvironment(process.env, process.cwd());
    const config = readConfig(environment);
    const terminal = createTerminal({ stdout, stderr, noColor: Boolean(environment.NO_COLOR) });
    const level = verbose ? 'debug' : quiet && config.logLevel === 'info' ? 'warn' : config.logLevel;
    const log = createLog(level, terminal.note);
    const program = environment.npm_command === 'exec' ? 'npx storyline-cli' : 'storyline-cli';
    exitCode = await command({ config, terminal, log, program, signal: interruption(terminal.note) });
  };

  try {
    const program = createProgram(version, run);
    for (const command of [program, ...program.commands]) command.exitOverride();
    await program.parseAsync();
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    // What is under way when the user stops it says so in its own words.
    const error = thrown instanceof Error && thrown.name === 'AbortError' ? new InterruptedError() : thrown;
    if (!(error instanceof StorylineError)) throw error;
    process.stderr.write(`Error: ${error.message}\n${error.hint ? `${error.hint}\n` : ''}`);
    if (process.env.LOG_LEVEL === 'debug' || process.argv.includes('--verbose'))
      process.stderr.write(`${error.stack}\n`);
    return exitCodeOf(error);
  }
}

/** What comes within so many milliseconds is one wish: npx passes on a Ctrl-C that the terminal has told us of already. */
const ONE_WISH = 500;

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

process.exitCode = await main();
