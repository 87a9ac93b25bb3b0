import { CommanderError } from '@commander-js/extra-typings';
import { InterruptedError, StorylineError } from '../errors.ts';
import type { Ask } from './ask.ts';
import type { Clock, RunCommand } from './context.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { createProgram } from './program.ts';
import type { Stream } from './terminal.ts';

/** The process that the program runs in. */
export interface Surroundings {
  readonly version: string;
  /** The arguments after the program's name. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  readonly directory: string;
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly clock: Clock;
  /** Creates the prompts; undefined without a terminal. */
  readonly ask: ((signal: AbortSignal) => Ask) | undefined;
  readonly readInput: () => Promise<string>;
  /** Starts listening for signals that stop the program; `note` tells the user. */
  readonly interruption: (note: (text: string) => void) => AbortSignal;
}

/** Runs a command to its end. Expected errors are printed on `stderr`; only a bug throws. */
export async function runCli(surroundings: Surroundings): Promise<ExitCode> {
  const { version, args, directory, stdout, stderr, clock } = surroundings;
  let exitCode: ExitCode = EXIT.done;
  const run: RunCommand = async ({ verbose = false, quiet = false }, command) => {
    const [{ readConfig, readEnvironment }, { createTerminal }, { createLog }] = await Promise.all([
      import('../config.ts'),
      import('./terminal.ts'),
      import('../lib/log.ts'),
    ]);
    const environment = readEnvironment(surroundings.environment, directory);
    const config = readConfig(environment);
    const terminal = createTerminal({ stdout, stderr, noColor: Boolean(environment.NO_COLOR) });
    const level = verbose ? 'debug' : quiet && config.logLevel === 'info' ? 'warn' : config.logLevel;
    const log = createLog(level, terminal.note);
    const name = environment.npm_command === 'exec' ? 'npx storyline-cli' : 'storyline-cli';
    const signal = surroundings.interruption(terminal.note);
    exitCode = await command({
      config,
      terminal,
      log,
      program: name,
      clock,
      signal,
      ask: surroundings.ask?.(signal),
      readInput: surroundings.readInput,
    });
  };

  try {
    const program = createProgram(version, run);
    for (const command of [program, ...program.commands]) {
      command.exitOverride().configureOutput({
        writeOut: (text) => void stdout.write(text),
        writeErr: (text) => void stderr.write(text),
      });
    }
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    // An operation that the user interrupts rejects with Node's own AbortError.
    const error = thrown instanceof Error && thrown.name === 'AbortError' ? new InterruptedError() : thrown;
    if (!(error instanceof StorylineError)) throw error;
    stderr.write(`Error: ${error.message}\n${error.hint ? `${error.hint}\n` : ''}`);
    if (surroundings.environment.LOG_LEVEL === 'debug' || args.includes('--verbose')) stderr.write(`${error.stack}\n`);
    return exitCodeOf(error);
  }
}
