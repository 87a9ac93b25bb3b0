import { describe, expect, test } from 'vitest';
import { createFernet, generateKey, isFernetKey } from '../../src/accounts/fernet.ts';

/** The vectors of https://github.com/fernet/spec: generate.json, verify.json and invalid.json. */
const SECRET = 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=';
const TOKEN = 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';

describe("the specification's vectors", () => {
  test('a text encrypts to the published token', () => {
    const now = () => new Date('1985-10-26T01:20:00-07:00');
    const iv = () => Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(createFernet(SECRET, { now, iv }).encrypt('hello')).toBe(TOKEN);
  });

  test('the published token decrypts', () => {
    expect(createFernet(SECRET).decrypt(TOKEN)).toBe('hello');
  });

  test.each([
    [
      'incorrect mac',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
    ],
    ['too short', 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=='],
    [
      'invalid base64',
      '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
    ],
    [
      'payload size not a multiple of the block size',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
    ],
    [
      'payload padding error',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
    ],
    [
      'incorrect initialisation vector',
      'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
    ],
  ])('refuses a token with %s', (_, token) => {
    expect(createFernet(SECRET).decrypt(token)).toBeUndefined();
  });
});

test('a new key is a Fernet key, and reads what it wrote', () => {
  const key = generateKey();
  expect(isFernetKey(key)).toBe(true);
  const fernet = createFernet(key);
  expect(fernet.decrypt(fernet.encrypt('grüße 🌊'))).toBe('grüße 🌊');
});

test('a token says nothing to another key', () => {
  expect(createFernet(generateKey()).decrypt(createFernet(generateKey()).encrypt('secret'))).toBeUndefined();
});

test.each([
  '',
  'short',
  'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=='.repeat(2),
  'cw_0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=',
])('is not a key: %j', (key) => {
  expect(isFernetKey(key)).toBe(false);
});
