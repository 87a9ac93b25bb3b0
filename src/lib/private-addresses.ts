import { BlockList, isIP } from 'node:net';

/** Address ranges outside the public internet (IANA's special-purpose registries). */
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
  // Includes IPv4 addresses in the deprecated form without a prefix.
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
/** No setting allows these: this machine, and its link, where clouds serve a machine's credentials. */
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

/** An IPv4 range, also in its IPv6 forms: mapped, translated (RFC 6052), and 6to4 (RFC 3056). */
function addIpv4(list: BlockList, network: string, prefix: number): void {
  list.addSubnet(network, prefix, 'ipv4');
  for (const prefix6 of ['::ffff:', '64:ff9b::']) list.addSubnet(`${prefix6}${network}`, 96 + prefix, 'ipv6');
  const [a = 0, b = 0, c = 0, d = 0] = network.split('.').map(Number);
  const hex = (high: number, low: number) => ((high << 8) | low).toString(16);
  list.addSubnet(`2002:${hex(a, b)}:${hex(c, d)}::`, 16 + prefix, 'ipv6');
}

export function rangesOf(ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) {
    if (isIP(network) === 4) addIpv4(list, network, prefix);
    else list.addSubnet(network, prefix, 'ipv6');
  }
  return list;
}

export const isIn = (list: BlockList, address: string): boolean =>
  list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

const PRIVATE = rangesOf([...SPECIAL, ...SPECIAL6]);
const NEVER_ALLOWED = rangesOf([...NEVER, ...NEVER6]);

/** True for an IP address outside the public internet. */
export const isPrivateAddress = (address: string): boolean => isIn(PRIVATE, address);

/** True for an IP address that no setting allows. */
export const isNeverAllowed = (address: string): boolean => isIn(NEVER_ALLOWED, address);

/**
 * Parses a range such as `198.18.0.0/15` or `fc00::/18`; a single address is a range of one.
 *
 * @throws {TypeError} if it is not a range, or contains an address that is never allowed.
 */
export function parseRange(text: string): readonly [network: string, prefix: number] {
  const [, network = '', given] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const bits = isIP(network) === 4 ? 32 : isIP(network) === 6 ? 128 : 0;
  const prefix = given === undefined ? bits : Number(given);
  if (bits === 0 || prefix > bits || prefix === 0) throw new TypeError(`not a range of addresses: ${text}`);
  const range = rangesOf([[network, prefix]]);
  const isForbidden = [...NEVER, ...NEVER6].some(([never]) => isIn(range, never)) || isNeverAllowed(network);
  if (isForbidden) throw new TypeError(`never allowed: ${text}`);
  return [network, prefix];
}
