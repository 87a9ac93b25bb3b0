import { maskSecrets } from './mask-secrets.ts';
import { shortLine } from './one-line.ts';

/** Levels from the quietest on. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Writes lines for people who look into what the program does. Never handed a secret; what looks like one is masked, and
 * what could steer a terminal or forge a line is taken out.
 */
export interface Log {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
}

/** Characters of a line. */
const LONGEST = 2000;
/** Lines of a stack trace. */
const MOST_LINES = 50;

/** A log that passes on lines of the given level and those above it. */
export function createLog(level: LogLevel, write: (line: string) => void): Log {
  const passes = (of: LogLevel) => LOG_LEVELS.indexOf(of) <= LOG_LEVELS.indexOf(level);
  const at = (of: LogLevel) => (passes(of) ? (text: string) => write(`${of}: ${entry(text)}`) : () => undefined);
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** One line, but for the frames of a stack trace: those keep lines of their own, which begin like no other. */
const entry = (text: string): string =>
  text
    .split(/\n(?=\s+at )/, MOST_LINES)
    .map((line, index) => `${index === 0 ? '' : '    '}${shortLine(maskSecrets(line.slice(0, 10 * LONGEST)), LONGEST)}`)
    .join('\n');
