import type { Outside } from '../app/open.ts';
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import type { Ask } from './ask.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** The current time, and waiting. */
export type Clock = Pick<Outside, 'now' | 'sleep'>;

/** What a command gets: its settings, where to print, and when to stop. */
export interface Context {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly log: Log;
  /** The command that starts this program: `storyline-cli`, or with npx. */
  readonly program: string;
  readonly clock: Clock;
  /** Prompts; undefined without a terminal. */
  readonly ask: Ask | undefined;
  /** Reads standard input to its end. */
  readonly readInput: () => Promise<string>;
  /** Aborted by Ctrl-C, SIGTERM and a closed terminal. */
  readonly signal: AbortSignal;
}

/** Runs a command. Settings and terminal are created only then, so that `--help` stays fast. */
export type RunCommand = (
  options: { verbose?: boolean | undefined; quiet?: boolean | undefined },
  command: (context: Context) => Promise<ExitCode>,
) => Promise<void>;
