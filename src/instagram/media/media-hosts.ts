import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';

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

/** Ranges that are not out on the internet: what an answer from outside has no business pointing to (IANA's special registries). */
const SPECIAL = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;
const SPECIAL6 = [
  // Also IPv4 addresses in the old form without a prefix of their own.
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const;
/** These stay refused whatever is set: this machine itself, and its link, where clouds keep their machines' secrets. */
const NEVER = [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const;
const NEVER6 = [
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
] as const;

/** An IPv4 range, also as IPv6 writes its addresses: mapped, translated (RFC 6052), and as 6to4 (RFC 3056). */
function addIpv4(list: BlockList, network: string, prefix: number): void {
  list.addSubnet(network, prefix, 'ipv4');
  for (const prefix6 of ['::ffff:', '64:ff9b::']) list.addSubnet(`${prefix6}${network}`, 96 + prefix, 'ipv6');
  const [a = 0, b = 0, c = 0, d = 0] = network.split('.').map(Number);
  const hex = (high: number, low: number) => ((high << 8) | low).toString(16);
  list.addSubnet(`2002:${hex(a, b)}:${hex(c, d)}::`, 16 + prefix, 'ipv6');
}

function rangesOf(ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) {
    if (isIP(network) === 4) addIpv4(list, network, prefix);
    else list.addSubnet(network, prefix, 'ipv6');
  }
  return list;
}

const isIn = (list: BlockList, address: string): boolean => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

const PRIVATE = rangesOf([...SPECIAL, ...SPECIAL6]);
const REFUSED_ALWAYS = rangesOf([...NEVER, ...NEVER6]);

/** True for an IP address that is not out on the internet. */
export const isPrivateAddress = (address: string): boolean => isIn(PRIVATE, address);

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
  if (isIn(REFUSED_ALWAYS, address)) return 'Addresses of this machine and of its link are never allowed.';
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
 * Reads a range such as `198.18.0.0/15` or `fc00::/18`; an address alone is a range of one.
 *
 * @throws {TypeError} for what is no range, or reaches into what is never allowed.
 */
function parseRange(text: string): readonly [network: string, prefix: number] {
  const [, network = '', given] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const bits = isIP(network) === 4 ? 32 : isIP(network) === 6 ? 128 : 0;
  const prefix = given === undefined ? bits : Number(given);
  if (bits === 0 || prefix > bits || prefix === 0) throw new TypeError(`not a range of addresses: ${text}`);
  const range = rangesOf([[network, prefix]]);
  const reachesIn = [...NEVER, ...NEVER6].some(([never]) => isIn(range, never)) || isIn(REFUSED_ALWAYS, network);
  if (reachesIn) throw new TypeError(`never allowed: ${text}`);
  return [network, prefix];
}

interface Entry {
  protocol: string;
  hostname: string;
  /** Absent: the scheme's own port, and hosts under this one too. */
  port: string | undefined;
}

/**
 * @param allowedRanges ranges of private addresses to which names may lead: `198.18.0.0/15`. Addresses that stand in an
 * address itself are refused all the same.
 * @throws {TypeError} for an entry that names no host, or a range that is none.
 */
export function createMediaHosts(entries: readonly string[], allowedRanges: readonly string[] = []): MediaHosts {
  const allowed = rangesOf(allowedRanges.map(parseRange));
  const isRefused = (address: string) =>
    isPrivateAddress(address) && (isIn(REFUSED_ALWAYS, address) || !isIn(allowed, address));
  const listed = entries.map(parseEntry);
  const exact = listed.filter(({ port }) => port !== undefined);
  const isExact = (hostname: string) => exact.some((entry) => entry.hostname === hostname);

  const matches = (url: URL, entry: Entry): boolean => {
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

function parseEntry(entry: string): Entry {
  const hasScheme = entry.includes('://');
  const url = new URL(hasScheme ? entry : `https://${entry}`);
  const bare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  if (!url.hostname || !bare || !['http:', 'https:'].includes(url.protocol))
    throw new TypeError(`not a host: ${entry}`);
  const isExact = hasScheme || /:\d+$/.test(entry);
  return { protocol: url.protocol, hostname: url.hostname, port: isExact ? url.port : undefined };
}
