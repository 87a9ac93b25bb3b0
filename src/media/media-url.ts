/**
 * A signed address of a media file. Whoever holds it can read the file, and it expires within hours: so it prints as
 * its host alone, and only {@link MediaUrl.reveal} gives it away, to the one who downloads.
 */
export interface MediaUrl {
  reveal(): string;
  /** When the address stops serving, by its own `oe` parameter (Unix seconds in hex); absent where it has none. */
  readonly expiresAt: Date | undefined;
  toString(): string;
  toJSON(): string;
}

export function mediaUrl(address: string): MediaUrl {
  const shown = () => redact(address);
  return { reveal: () => address, expiresAt: expiryOf(address), toString: shown, toJSON: shown };
}

/** Read without taking the whole address apart: every item listed has one or two, known or not. */
function expiryOf(address: string): Date | undefined {
  const seconds = Number.parseInt(/[?&]oe=([^&#]*)/.exec(address)?.[1] ?? '', 16);
  return Number.isNaN(seconds) ? undefined : new Date(seconds * 1000);
}

function redact(address: string): string {
  const url = parse(address);
  return url ? `${url.protocol}//${url.host}/…` : '(not a URL)';
}

// URL.parse is missing from the first Node 20s.
const parse = (address: string): URL | undefined => (URL.canParse(address) ? new URL(address) : undefined);
