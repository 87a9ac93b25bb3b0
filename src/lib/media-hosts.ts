import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';

/**
 * Where media may be downloaded from: a host and those under it (`cdninstagram.com`), a host with its port
 * (`media.example:8443`), or a host with its scheme (`http://127.0.0.1:8080`): only the last allows plain http.
 */
export interface MediaHosts {
  /** Why this address may not be asked, in a few words; nothing where it may. */
  refusal(url: URL): string | undefined;
  /** Resolves names for connections, and refuses private addresses, unless their host is listed with port or scheme. */
  readonly lookup: typeof lookup;
}

/** Private, local and reserved ranges: what an answer from outside has no business pointing to. */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
  // The same as IPv6 writes them, and as networks without IPv4 translate them (RFC 6052).
  for (const prefix6 of ['::ffff:', '64:ff9b::']) PRIVATE.addSubnet(`${prefix6}${network}`, 96 + prefix, 'ipv6');
}
for (const [network, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv6');
}

/** True for an IP address that is not out on the internet. */
export const isPrivateAddress = (address: string): boolean =>
  PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

interface Entry {
  protocol: string;
  hostname: string;
  /** Absent: the scheme's own port, and hosts under this one too. */
  port: string | undefined;
}

/** @throws {TypeError} for an entry that names no host. */
export function createMediaHosts(entries: readonly string[]): MediaHosts {
  const listed = entries.map(parseEntry);
  const exact = listed.filter(({ port }) => port !== undefined);
  const isExact = (hostname: string) => exact.some((entry) => entry.hostname === hostname);

  const matches = (url: URL, entry: Entry): boolean => {
    if (url.protocol !== entry.protocol) return false;
    if (entry.port !== undefined) return url.hostname === entry.hostname && url.port === entry.port;
    return url.port === '' && (url.hostname === entry.hostname || url.hostname.endsWith(`.${entry.hostname}`));
  };

  return {
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
        const hidden = isExact(hostname)
          ? undefined
          : addresses.find(({ address }) => address && isPrivateAddress(address));
        if (error || !hidden) return done(error, found, family);
        const refused = Object.assign(new Error(`${hostname} leads to a private address`), { code: 'EPRIVATE' });
        return done(refused, found, family);
      });
    }) as typeof lookup,
  };
}

type Done = (error: Error | null, address: string | LookupAddress[], family: number) => void;

function parseEntry(entry: string): Entry {
  const hasScheme = entry.includes('://');
  const url = new URL(hasScheme ? entry : `https://${entry}`);
  const bare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  if (!url.hostname || !bare || !['http:', 'https:'].includes(url.protocol))
    throw new TypeError(`not a host: ${entry}`);
  const isExact = hasScheme || /:\d+$/.test(entry);
  return { protocol: url.protocol, hostname: url.hostname, port: isExact ? url.port : undefined };
}
