import { BlockList, isIP, isIPv6 } from 'node:net';

/** Addresses and networks, such as `127.0.0.1` and `10.0.0.0/8`. */
export interface Networks {
  has(address: string): boolean;
}

/** @throws {RangeError} for an entry that is neither an address nor a network. */
export function createNetworks(entries: readonly string[]): Networks {
  const list = new BlockList();
  for (const entry of entries) add(list, entry);
  return {
    has(address) {
      const plain = plainAddress(address);
      return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
    },
  };
}

function add(list: BlockList, entry: string): void {
  const [address = '', bits, ...rest] = entry.split('/');
  const size = isIP(address) === 4 ? 32 : 128;
  // Not all of the addresses there are.
  const isSize = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= size);
  if (isIP(address) === 0 || !isSize || rest.length > 0) throw new RangeError(`not an address or network: ${entry}`);
  list.addSubnet(address, Number(bits ?? size), familyOf(address));
}

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** An IPv4 address that came over IPv6 is an IPv4 address; the name of a network card is left out. */
export function plainAddress(address: string): string {
  const [bare = ''] = address.split('%', 1);
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}

/** The first `bits` of an IPv6 address, a multiple of 16: `2001:db8:1:2/64`. */
export function networkOf(address: string, bits: number): string {
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after].map((group) => group.replace(/^0+(?=.)/, ''));
  return `${groups.slice(0, bits / 16).join(':')}/${bits}`;
}
