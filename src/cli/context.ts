import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import type { Terminal } from './terminal.ts';

/** What a command is handed: its settings, where to write, and when to stop. */
export interface Context {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly log: Log;
  /** How the user starts this program: `storyline-cli`, or by npx. */
  readonly program: string;
  /** Aborted by Ctrl-C and its kin. */
  readonly signal: AbortSignal;
}
