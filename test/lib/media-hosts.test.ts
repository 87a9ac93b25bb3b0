import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { createMediaHosts, isPrivateAddress } from '../../src/lib/media-hosts.ts';

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
])('%s is private', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each(['157.240.1.1', '8.8.8.8', '172.32.0.1', '2a03:2880::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'])(
  '%s is public',
  (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  },
);

const lookUp = (allowed: string[], name: string) =>
  new Promise<{ error: NodeJS.ErrnoException | null; found: string | LookupAddress[] }>((resolve) => {
    createMediaHosts(allowed).lookup(name, { all: true }, (error, found) => resolve({ error, found }));
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
