import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Fernet, as https://github.com/fernet/spec describes it and Python's `cryptography` writes it: AES-128-CBC under an
 * HMAC-SHA256, as URL-safe base64 with its padding.
 */
export interface Fernet {
  encrypt(text: string): string;
  /** The text; undefined if it was not encrypted with this key, or was tampered with. */
  decrypt(token: string): string | undefined;
}

const VERSION = 0x80;
const KEY_BYTES = 32;
const IV_FROM = 9;
const CIPHERTEXT_FROM = 25;
const HMAC_BYTES = 32;

export const generateKey = (): string => toBase64Url(randomBytes(KEY_BYTES));

/** True for 32 bytes as URL-safe base64, with or without padding. */
export const isFernetKey = (key: string): boolean =>
  /^[\w-]{43}=?$/.test(key) && Buffer.from(key, 'base64url').length === KEY_BYTES;

/** `now` and `iv` are set only by the tests of the specification's vectors. */
export function createFernet(key: string, { now = () => new Date(), iv = () => randomBytes(16) } = {}): Fernet {
  const bytes = Buffer.from(key, 'base64url');
  const signingKey = bytes.subarray(0, 16);
  const encryptionKey = bytes.subarray(16);
  const sign = (signed: Uint8Array) => createHmac('sha256', signingKey).update(signed).digest();

  return {
    encrypt(text) {
      const header = Buffer.alloc(IV_FROM);
      header.writeUInt8(VERSION, 0);
      header.writeBigUInt64BE(BigInt(Math.floor(now().getTime() / 1000)), 1);
      const vector = iv();
      const cipher = createCipheriv('aes-128-cbc', encryptionKey, vector);
      const signed = Buffer.concat([header, vector, cipher.update(text, 'utf8'), cipher.final()]);
      return toBase64Url(Buffer.concat([signed, sign(signed)]));
    },
    decrypt(token) {
      const all = Buffer.from(token, 'base64url');
      if (all.length < CIPHERTEXT_FROM + HMAC_BYTES || all[0] !== VERSION) return undefined;
      const signed = all.subarray(0, -HMAC_BYTES);
      if (!timingSafeEqual(sign(signed), all.subarray(-HMAC_BYTES))) return undefined;
      const decipher = createDecipheriv('aes-128-cbc', encryptionKey, signed.subarray(IV_FROM, CIPHERTEXT_FROM));
      try {
        return Buffer.concat([decipher.update(signed.subarray(CIPHERTEXT_FROM)), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

const toBase64Url = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
