import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { createSlots } from '../lib/slots.ts';

/** The cost of a guess: 128 MiB and some tenths of a second. Each stored hash names its own cost, so this can be raised. */
const COST = { N: 2 ** 17, r: 8, p: 1 };
const LENGTH = 32;

/** Each hash needs its memory: more than two in parallel would let strangers use it all up. */
const slots = createSlots(() => 2);
const patient = new AbortController().signal;

/** Hashes a password for storage: `scrypt$N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** Whether this is the password. Takes just as long if none is stored. */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [, N, r, p, salt, hash] = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w+/=]+)\$([\w+/=]+)$/.exec(stored ?? '') ?? [];
  const cost = N ? { N: Number(N), r: Number(r), p: Number(p) } : COST;
  const wanted = Buffer.from(hash ?? '', 'base64');
  const derived = await derive(password, Buffer.from(salt ?? '', 'base64'), cost);
  return wanted.length === derived.length && timingSafeEqual(wanted, derived);
}

const derive = (password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> =>
  slots.use(
    () =>
      new Promise((resolve, reject) => {
        const options: ScryptOptions = { ...cost, maxmem: 256 * cost.N * cost.r * cost.p };
        // The same letters may come composed or not, by the keyboard.
        scrypt(password.normalize('NFKC'), salt, LENGTH, options, (error, key) =>
          error ? reject(error) : resolve(key),
        );
      }),
    patient,
  );
