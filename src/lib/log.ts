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

/** Tokens of both flavours, signatures in addresses, and credentials in headers and queries. */
const SECRETS = [
  /\b(?:EAA|IGAA|IGQ)[\w-]{8,}/g,
  /(?<=[?&](?:access_token|oh|client_secret|appsecret_proof|input_token|fb_exchange_token|code)=)[^&\s"']+/g,
  /(?<=\b(?:Bearer|OAuth) )\S+/g,
];

/** Masks what looks like a token or a signature. */
export const maskSecrets = (text: string): string =>
  SECRETS.reduce((masked, secret) => masked.replace(secret, '***'), text);

/** A log that passes on lines of the given level and those above it. */
export function createLog(level: LogLevel, write: (line: string) => void): Log {
  const passes = (of: LogLevel) => LOG_LEVELS.indexOf(of) <= LOG_LEVELS.indexOf(level);
  const at = (of: LogLevel) => (passes(of) ? (text: string) => write(`${of}: ${maskSecrets(text)}`) : () => undefined);
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
