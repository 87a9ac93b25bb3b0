/**
 * A signed URL of a media file. Anyone who has it can read the file until it expires within hours, so it prints as its
 * host only; {@link MediaUrl.reveal} is for the downloader.
 */
export interface MediaUrl {
  reveal(): string;
  /** When it expires, according to its `oe` parameter (Unix seconds in hex); undefined if it has none. */
  readonly expiresAt: Date | undefined;
  toString(): string;
  toJSON(): string;
}

export function mediaUrl(address: string): MediaUrl {
  const shown = () => redact(address);
  return { reveal: () => address, expiresAt: expiryOf(address), toString: shown, toJSON: shown };
}

/** Parsed without a URL object, for speed: every listed item has one or two. */
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
