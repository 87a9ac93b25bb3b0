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
  const shown = redact(address);
  return {
    reveal: () => address,
    get expiresAt() {
      const seconds = Number.parseInt(parse(address)?.searchParams.get('oe') ?? '', 16);
      return Number.isNaN(seconds) ? undefined : new Date(seconds * 1000);
    },
    toString: () => shown,
    toJSON: () => shown,
  };
}

function redact(address: string): string {
  const url = parse(address);
  return url ? `${url.protocol}//${url.host}/…` : '(not a URL)';
}

// URL.parse is missing from the first Node 20s.
const parse = (address: string): URL | undefined => (URL.canParse(address) ? new URL(address) : undefined);
