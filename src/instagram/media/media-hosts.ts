import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP } from 'node:net';
import { type HostRule, parseHostRule } from '../../lib/host-rules.ts';
import { isIn, isNeverAllowed, isPrivateAddress, parseRange, rangesOf } from '../../lib/private-addresses.ts';

/**
 * Where media may be downloaded from: a host and those under it (`cdninstagram.com`), a host with its port
 * (`media.example:8443`), or a host with its scheme (`http://127.0.0.1:8080`): only the last allows plain http.
 */
export interface MediaHosts {
  /** Why this address may not be asked, in a few words; undefined if it may. */
  refusal(url: URL): string | undefined;
  /** Resolves names for connections, and refuses private addresses, unless their host is listed with port or scheme. */
  readonly lookup: typeof lookup;
  /** Says whether a name leads to an address that is refused; undefined if it does not, or leads nowhere. */
  refusedAddress(hostname: string): Promise<PrivateAddressError | undefined>;
}

/** A name that leads to an address to which this program does not connect. */
export class PrivateAddressError extends Error {
  readonly code = 'EPRIVATE';
  readonly hostname: string;
  readonly address: string;

  constructor(hostname: string, address: string) {
    super(`${hostname} leads to a private address`);
    this.hostname = hostname;
    this.address = address;
  }
}

/** What to do where a name leads to such an address, as a sentence. */
export function allowingHint(address: string): string {
  if (isNeverAllowed(address)) return 'Addresses of this machine and of its link are never allowed.';
  const isFake = isIn(FAKE, address);
  const range = isFake ? (isIP(address) === 6 ? 'fc00::/18' : '198.18.0.0/15') : address;
  const why = isFake ? 'A VPN or proxy with fake-IP DNS gives such addresses. ' : '';
  return `${why}To allow it, set MEDIA_DOWNLOAD_ALLOWED_RANGES=${range}`;
}

/** What Clash, sing-box, Surge and others answer instead of the real addresses. */
const FAKE = rangesOf([
  ['198.18.0.0', 15],
  ['fc00::', 18],
]);

/**
 * @param allowedRanges ranges of private addresses to which names may lead: `198.18.0.0/15`. Addresses that stand in an
 * address itself are refused all the same.
 * @throws {TypeError} for an entry that names no host, or a range that is none.
 */
export function createMediaHosts(entries: readonly string[], allowedRanges: readonly string[] = []): MediaHosts {
  const allowed = rangesOf(allowedRanges.map(parseRange));
  const isRefused = (address: string) =>
    isPrivateAddress(address) && (isNeverAllowed(address) || !isIn(allowed, address));
  const listed = entries.map(parseHostRule);
  const exact = listed.filter(({ port }) => port !== undefined);
  const isExact = (hostname: string) => exact.some((entry) => entry.hostname === hostname);

  const matches = (url: URL, entry: HostRule): boolean => {
    if (url.protocol !== entry.protocol) return false;
    if (entry.port !== undefined) return url.hostname === entry.hostname && url.port === entry.port;
    return url.port === '' && (url.hostname === entry.hostname || url.hostname.endsWith(`.${entry.hostname}`));
  };

  const hosts: MediaHosts = {
    refusal(url) {
      if (url.protocol !== 'https:' && url.protocol !== 'http:') return `the scheme ${url.protocol} is not allowed`;
      if (!listed.some((entry) => matches(url, entry))) {
        return `${url.protocol}//${url.host} is not among MEDIA_DOWNLOAD_HOSTS`;
      }
      if (url.username || url.password) return 'credentials in the address are not allowed';
      const literal = url.hostname.replace(/^\[|\]$/g, '');
      // A literal address is never looked up, so it is judged here.
      if (isIP(literal) && isPrivateAddress(literal) && !isExact(url.hostname))
        return `${literal} is a private address`;
      return undefined;
    },
    lookup: ((hostname: string, options: LookupOptions, done: Done) => {
      lookup(hostname, options, (error, found, family) => {
        const addresses: LookupAddress[] = Array.isArray(found) ? found : [{ address: found, family }];
        const hidden = isExact(hostname) ? undefined : addresses.find(({ address }) => address && isRefused(address));
        if (error || !hidden) return done(error, found, family);
        return done(new PrivateAddressError(hostname, hidden.address), found, family);
      });
    }) as typeof lookup,
    refusedAddress: (hostname) =>
      new Promise((resolve) => {
        hosts.lookup(hostname, { all: true }, (error) =>
          resolve(error instanceof PrivateAddressError ? error : undefined),
        );
      }),
  };
  return hosts;
}

type Done = (error: Error | null, address: string | LookupAddress[], family: number) => void;
