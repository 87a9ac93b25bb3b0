import { maskSecrets } from './mask-secrets.ts';

/** Levels from the quietest on. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes lines for people who look into what the program does. Never handed a secret; what looks like one is masked. */
export interface Log {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
}

/** A log that passes on lines of the given level and those above it. */
export function createLog(level: LogLevel, write: (line: string) => void): Log {
  const passes = (of: LogLevel) => LOG_LEVELS.indexOf(of) <= LOG_LEVELS.indexOf(level);
  const at = (of: LogLevel) => (passes(of) ? (text: string) => write(`${of}: ${maskSecrets(text)}`) : () => undefined);
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
