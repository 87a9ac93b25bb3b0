import { expect, test } from 'vitest';
import { createNetworks, networkOf, plainAddress } from '../../src/lib/networks.ts';

test.each([
  ['127.0.0.1', '127.0.0.1', true],
  ['127.0.0.1', '127.0.0.2', false],
  ['127.0.0.1', '::ffff:127.0.0.1', true],
  ['10.0.0.0/8', '10.255.1.2', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['::1', '::1', true],
  ['::1', '0:0:0:0:0:0:0:1', true],
  ['fd00::/8', 'fd12::7', true],
  ['fd00::/8', 'fe80::1%eth0', false],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['10.0.0.0/8', 'unknown', false],
  ['10.0.0.0/8', '', false],
])('%s has %s: %s', (network, address, isIn) => {
  expect(createNetworks([network]).has(address)).toBe(isIn);
});

test.each(['', 'proxy', '127.0.0', '10.0.0.0/33', '10.0.0.0/0', '::/0', '10.0.0.0/x', '10.0.0.0/8/8', '::1/129'])(
  '"%s" is no address and no network',
  (wrong) => {
    expect(() => createNetworks([wrong])).toThrow(RangeError);
  },
);

test.each([
  ['2001:db8:1:2:3:4:5:6', 64, '2001:db8:1:2/64'],
  ['2001:DB8:1:2::9', 64, '2001:db8:1:2/64'],
  ['2001:0db8:0001::9', 48, '2001:db8:1/48'],
  ['2001:db8::1', 48, '2001:db8:0/48'],
  ['::1', 64, '0:0:0:0/64'],
  ['::', 48, '0:0:0/48'],
])('%s is in %i bits %s', (address, bits, network) => {
  expect(networkOf(address, bits)).toBe(network);
});

test('addresses are written one way', () => {
  expect(['::ffff:192.0.2.1', '::FFFF:192.0.2.1', '192.0.2.1', 'fe80::1%eth0'].map(plainAddress)).toEqual([
    '192.0.2.1',
    '192.0.2.1',
    '192.0.2.1',
    'fe80::1',
  ]);
});
