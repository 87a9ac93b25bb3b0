import type { Outside } from '../app/open.ts';
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import type { Ask } from './ask.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** The time, and waiting for it to pass. */
export type Clock = Pick<Outside, 'now' | 'sleep'>;

/** What a command is handed: its settings, where to write, and when to stop. */
export interface Context {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly log: Log;
  /** How the user starts this program: `storyline-cli`, or by npx. */
  readonly program: string;
  readonly clock: Clock;
  /** Asks the person; absent where there is no terminal to ask at. */
  readonly ask: Ask | undefined;
  /** All that comes on standard input. */
  readonly readInput: () => Promise<string>;
  /** Aborted by Ctrl-C and its kin. */
  readonly signal: AbortSignal;
}

/** Runs a command; the settings and the terminal are made only then, so that `--help` stays quick. */
export type RunCommand = (
  options: { verbose?: boolean | undefined; quiet?: boolean | undefined },
  command: (context: Context) => Promise<ExitCode>,
) => Promise<void>;
