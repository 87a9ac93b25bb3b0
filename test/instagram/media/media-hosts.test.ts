import type { LookupAddress } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { allowingHint, createMediaHosts } from '../../../src/instagram/media/media-hosts.ts';
import { isPrivateAddress } from '../../../src/lib/private-addresses.ts';

const hosts = createMediaHosts(['cdninstagram.com', 'media.example:8443', 'http://127.0.0.1:8080', '10.1.2.3']);
const refusal = (address: string) => hosts.refusal(new URL(address));

test.each([
  'https://scontent-fra3-1.cdninstagram.com/v/x.jpg?oh=1',
  'https://cdninstagram.com/x',
  'https://media.example:8443/x',
  'http://127.0.0.1:8080/x',
])('may be asked: %s', (address) => {
  expect(refusal(address)).toBeUndefined();
});

test.each([
  'http://scontent.cdninstagram.com/x',
  'https://evilcdninstagram.com/x',
  'https://cdninstagram.com.evil.example/x',
  'https://cdninstagram.com:8443/x',
  'https://media.example/x',
  'https://sub.media.example:8443/x',
  'http://127.0.0.1:8081/x',
  'https://127.0.0.1:8080/x',
  'http://localhost:8080/x',
  'http://[::1]:8080/x',
  'http://2130706433:8081/x',
  'https://user:pass@cdninstagram.com/x',
  'https://10.1.2.3/x',
  'file:///etc/passwd',
  'data:image/png;base64,x',
])('is refused: %s', (address) => {
  expect(refusal(address)).toEqual(expect.any(String));
});

test.each([
  '127.0.0.1',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:10.0.0.1',
  '64:ff9b::192.168.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '192.88.99.1',
  '192.0.2.7',
  '198.51.100.7',
  '203.0.113.7',
  '198.18.0.1',
  '198.19.255.254',
  '64:ff9b:1::a9fe:a9fe',
  '64:ff9b:1:ffff::1',
  '::7f00:1',
  '::8.8.8.8',
  '::ffff:0:10.0.0.1',
  '2002:7f00:1::1',
  '2002:c0a8:101::1',
  '2002:a9fe:a9fe::',
  '2002:c612:1::1',
  '2001::4136:e378:8000:63bf:3fff:fdd2',
  '2001:db8::1',
  '100::1',
  'fec0::1',
  'fc00::1',
])('%s is private', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each([
  '157.240.1.1',
  '8.8.8.8',
  '172.32.0.1',
  '2a03:2880::1',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2002:808:808::1',
  '198.20.0.1',
  '2001:4860::8888',
  '28.0.0.1',
])('%s is public', (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});

const lookUp = (allowed: string[], name: string, ranges: string[] = []) =>
  new Promise<{ error: NodeJS.ErrnoException | null; found: string | LookupAddress[] }>((resolve) => {
    createMediaHosts(allowed, ranges).lookup(name, { all: true }, (error, found) => resolve({ error, found }));
  });

test('a name that leads to a private address is refused when it is connected to', async () => {
  expect((await lookUp(['localhost'], 'localhost')).error?.code).toBe('EPRIVATE');
});

test('a name that is listed with its port may be private', async () => {
  expect((await lookUp(['http://localhost:8080'], 'localhost')).error).toBeNull();
});

test.each(['', 'a b', 'http://x/path', 'https://user@x', 'ftp://x'])('is no entry: %j', (entry) => {
  expect(() => createMediaHosts([entry])).toThrow();
});

describe('a range that is allowed', () => {
  const through = async (address: string, ...ranges: string[]) =>
    (await lookUp(['cdninstagram.com'], address, ranges)).error?.code;

  test.each([
    ['198.18.0.7', '198.18.0.0/15'],
    ['198.19.255.1', '198.18.0.0/15'],
    ['fc00::7', 'fc00::/18'],
    ['::ffff:198.18.0.7', '198.18.0.0/15'],
    ['64:ff9b::198.18.0.7', '198.18.0.0/15'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['192.168.7.7', '192.168.7.7'],
    ['100.64.0.1', '100.64.0.0/10'],
  ])('lets a name lead to %s by %s, and nowhere else', async (address, range) => {
    expect(await through(address)).toBe('EPRIVATE');
    expect(await through(address, range)).toBeUndefined();
    expect(await through('172.16.0.1', range)).toBe('EPRIVATE');
    expect(await through('127.0.0.1', range)).toBe('EPRIVATE');
    expect(await through('169.254.169.254', range)).toBe('EPRIVATE');
  });

  test('lets no literal address be asked', () => {
    const ranged = createMediaHosts(['198.18.0.7', 'cdninstagram.com'], ['198.18.0.0/15']);
    expect(ranged.refusal(new URL('https://198.18.0.7/x'))).toMatch(/is a private address/);
  });

  test.each([
    '198.18.0.0/33',
    '198.18.0.0/0',
    '198.18.0/15',
    'fc00::/129',
    'example.com/8',
    '198.18.0.0/15/2',
    '',
    '127.0.0.0/8',
    '127.0.0.1',
    '0.0.0.0/1',
    '64.0.0.0/2',
    '169.254.0.0/16',
    '169.254.169.254',
    '160.0.0.0/4',
    '::/1',
    '::1',
    'fe80::/10',
    'fe80::1',
    'fc00::/6',
    '::ffff:127.0.0.1',
    '::ffff:0:0/96',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::/96',
    '2002::/16',
    '2002:7f00::/24',
    '224.0.0.0/4',
  ])('is none: %j', (range) => {
    expect(() => createMediaHosts(['cdninstagram.com'], [range])).toThrow();
  });
});

test.each([
  ['198.18.0.7', /MEDIA_DOWNLOAD_ALLOWED_RANGES=198\.18\.0\.0\/15$/],
  ['fc00::7', /MEDIA_DOWNLOAD_ALLOWED_RANGES=fc00::\/18$/],
  ['10.1.2.3', /MEDIA_DOWNLOAD_ALLOWED_RANGES=10\.1\.2\.3$/],
  ['127.0.0.1', /never allowed/],
  ['::1', /never allowed/],
  ['169.254.169.254', /never allowed/],
  ['::ffff:127.0.0.1', /never allowed/],
])('what to do about %s is said', (address, words) => {
  expect(allowingHint(address)).toMatch(words);
});
