import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLoginTries } from '../../../src/accounts/login-tries.ts';
import type { Database } from '../../../src/db/open.ts';
import type { LoginOrigin } from '../../../src/web/access/login-counters.ts';
import { createLoginThrottle, type LoginThrottle } from '../../../src/web/access/login-throttle.ts';
import { useDatabases } from '../../support/databases.ts';
import { virtualClock } from '../virtual-clock.ts';

const RIGHT = 'the right one';
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const PARTS = 24 * 6;
const PART_OF_A_DAY = (24 * HOUR) / PARTS;

const databases = useDatabases('sqlite');
let db: Database;
let clock: ReturnType<typeof virtualClock>;
let stop: AbortController;
let throttle: LoginThrottle<string>;
/** Passwords that were compared, and when. */
let compared: { readonly password: string; readonly at: number }[];

const start = () => {
  stop = new AbortController();
  throttle = createLoginThrottle({ ...clock, tries: createLoginTries(db), signal: stop.signal });
};
beforeEach(async () => {
  db = await databases.openMigrated();
  clock = virtualClock();
  compared = [];
  start();
});
afterEach(() => stop.abort());

const stranger = (address: string): LoginOrigin => ({ address, browser: undefined });
const attempt = (from: LoginOrigin, password: string, signal = new AbortController().signal) =>
  throttle.attempt({
    from,
    password,
    signal,
    compare: async () => {
      compared.push({ password, at: clock.now().getTime() });
      return password === RIGHT ? 'a session' : undefined;
    },
  });

/** Guesses without end: the next one as soon as the one before is answered, or it may come again. */
function guessOn(from: () => LoginOrigin, name: string, { isPersistent = true } = {}) {
  const { signal } = stop;
  let count = 0;
  let isOver = false;
  const go = async () => {
    while (!isOver && !signal.aborted) {
      count += 1;
      for (let outcome = await attempt(from(), `${name} ${count}`); ; ) {
        if (outcome.kind === 'wrong' || isOver) break;
        if (!('retryAfter' in outcome)) throw new Error('a guess was right');
        await clock.sleep(outcome.retryAfter * SECOND, signal);
        if (!isPersistent) break;
        outcome = await attempt(from(), `${name} ${count}`);
      }
    }
  };
  void go().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return () => {
    isOver = true;
  };
}

/** What the page does: sends the password again for as long as the server asks. Gives the milliseconds it took. */
async function logIn(from: LoginOrigin, { within }: { within: number }): Promise<number | undefined> {
  const began = clock.now().getTime();
  let took: number | undefined;
  const go = async () => {
    while (took === undefined) {
      const outcome = await attempt(from, RIGHT);
      if (outcome.kind === 'right') took = clock.now().getTime() - began;
      else if ('retryAfter' in outcome) await clock.sleep(outcome.retryAfter * SECOND, stop.signal);
      else throw new Error('the right password was called wrong');
    }
  };
  void go().catch(() => undefined);
  for (let waited = 0; waited < within && took === undefined; waited += SECOND) await clock.pass(SECOND);
  return took;
}

test('a few wrong passwords cost nothing, then waits double up to 15 seconds, and are forgotten after an hour', async () => {
  guessOn(() => stranger('192.0.2.1'), 'guess');
  await clock.pass(2 * 60 * SECOND);
  const times = compared.map(({ at }) => at);
  expect(times.slice(1).map((at, n) => (at - (times[n] ?? 0)) / SECOND)).toEqual([
    ...[0, 0, 0, 0, 1, 2, 4, 8],
    ...Array(7).fill(15),
  ]);
  stop.abort();
  start();
  await clock.pass(HOUR + SECOND);
  compared = [];
  for (let n = 0; n < 5; n += 1) expect((await attempt(stranger('192.0.2.1'), `late ${n}`)).kind).toBe('wrong');
});

test('one address has at most 5,760 guesses a day, all unknown clients together 17,280', async () => {
  for (let n = 0; n < 3; n += 1) guessOn(() => stranger('192.0.2.1'), `one ${n}`);
  await clock.pass(PART_OF_A_DAY);
  expect(compared.length).toBeLessThanOrEqual(5760 / PARTS + 9);
  stop.abort();
  start();
  compared = [];
  for (let n = 0; n < 40; n += 1) guessOn(() => stranger(`198.51.100.${n}`), `many ${n}`);
  await clock.pass(PART_OF_A_DAY);
  expect(compared.length).toBeLessThanOrEqual(17_280 / PARTS + 50);
});

test('eight guessers at other addresses, for ten minutes: the owner gets in from a clean one at any moment', async () => {
  for (let n = 0; n < 8; n += 1) guessOn(() => stranger(`203.0.113.${n}`), `guess ${n}`);
  for (let n = 0; n < 10; n += 1) {
    await clock.pass(57 * SECOND);
    expect(await logIn(stranger('192.0.2.7'), { within: 6 * SECOND })).toBeLessThanOrEqual(5 * SECOND);
  }
});

test('a guesser at the same address for hours: every attempt of the owner is compared', async () => {
  guessOn(() => stranger('127.0.0.1'), 'guess');
  for (let hour = 0; hour < 3; hour += 1) {
    await clock.pass(HOUR - 60 * SECOND);
    expect(await logIn(stranger('127.0.0.1'), { within: 60 * SECOND })).toBeLessThanOrEqual(31 * SECOND);
  }
  expect(compared.length).toBeGreaterThan((2 * HOUR) / (16 * SECOND));
});

test.each([2, 6])(
  '%i guessers behind the same proxy: a known browser gets in immediately, a new one within two minutes',
  async (guessers) => {
    for (let n = 0; n < guessers; n += 1) guessOn(() => stranger('127.0.0.1'), `guess ${n}`);
    await clock.pass(3 * 60 * SECOND);
    expect(await logIn({ address: '127.0.0.1', browser: 'known' }, { within: SECOND })).toBe(0);
    expect(await logIn(stranger('127.0.0.1'), { within: 121 * SECOND })).toBeLessThanOrEqual(120 * SECOND);
  },
);

test('a guesser who takes all places of an address delays no other address and no known browser', async () => {
  for (let n = 0; n < 100; n += 1) guessOn(() => stranger('203.0.113.1'), `flood ${n}`, { isPersistent: false });
  await clock.pass(3 * 60 * SECOND);
  expect((await attempt(stranger('203.0.113.1'), 'one more')).kind).toBe('full');
  expect(await logIn(stranger('192.0.2.7'), { within: 10 * SECOND })).toBeLessThanOrEqual(5 * SECOND);
  expect(await logIn({ address: '203.0.113.1', browser: 'known' }, { within: SECOND })).toBe(0);
});

test('if the line is full, the client with the most guesses makes room', async () => {
  for (let n = 0; n < 60; n += 1) {
    guessOn(() => stranger(`203.0.113.${n}`), `flood ${n}`, { isPersistent: n % 2 === 0 });
  }
  await clock.pass(PART_OF_A_DAY);
  expect(await logIn(stranger('192.0.2.7'), { within: 240 * SECOND })).toBeLessThanOrEqual(180 * SECOND);
});

test('a known browser that guesses is slowed down, and nobody else', async () => {
  guessOn(() => ({ address: '192.0.2.1', browser: 'stolen' }), 'guess');
  await clock.pass(PART_OF_A_DAY);
  expect(compared.length).toBeLessThanOrEqual(5760 / PARTS + 9);
  expect(await logIn({ address: '192.0.2.1', browser: 'mine' }, { within: SECOND })).toBe(0);
  expect(await logIn(stranger('192.0.2.1'), { within: SECOND })).toBe(0);
});

test('IPv6: a network counts as one address, and the networks of a customer share a limit', async () => {
  let n = 0;
  guessOn(() => stranger(`2001:db8:1:2::${(n++ % 65_000).toString(16)}`), 'neighbour');
  await clock.pass(PART_OF_A_DAY);
  expect(compared.length).toBeLessThanOrEqual(5760 / PARTS + 9);
  compared = [];
  let m = 0;
  guessOn(() => stranger(`2001:db8:7:${(m++ % 65_000).toString(16)}::1`), 'customer');
  await clock.pass(PART_OF_A_DAY);
  const ofCustomer = compared.filter(({ password }) => password.startsWith('customer'));
  expect(ofCustomer.length).toBeLessThanOrEqual(17_280 / PARTS + 30);
  expect(await logIn(stranger('2001:db8:9:1::1'), { within: 12 * SECOND })).toBeLessThanOrEqual(10 * SECOND);
  expect(await logIn(stranger('::ffff:192.0.2.1'), { within: 12 * SECOND })).toBeLessThanOrEqual(10 * SECOND);
});

test('each line compares one password at a time: guesses cannot use the whole machine', async () => {
  let now = 0;
  let most = 0;
  const slow = (from: LoginOrigin, password: string) =>
    throttle.attempt({
      from,
      password,
      signal: stop.signal,
      compare: async () => {
        now += 1;
        most = Math.max(most, now);
        await clock.sleep(300, stop.signal);
        now -= 1;
        return undefined;
      },
    });
  for (let n = 0; n < 300; n += 1) void slow(stranger(`198.51.100.${n % 200}`), `guess ${n}`).catch(() => undefined);
  for (let n = 0; n < 50; n += 1) {
    void slow({ address: '192.0.2.1', browser: `b${n}` }, 'guess').catch(() => undefined);
  }
  await clock.pass(30 * SECOND);
  expect(most).toBe(2);
});

test('a request is sent back after 20 seconds; the same password keeps its place', async () => {
  for (let n = 0; n < 4; n += 1) guessOn(() => stranger('127.0.0.1'), `guess ${n}`);
  await clock.pass(120 * SECOND);
  const outcomes: string[] = [];
  const first = attempt(stranger('127.0.0.1'), RIGHT).then((outcome) => outcomes.push(JSON.stringify(outcome)));
  await clock.pass(20 * SECOND);
  await first;
  expect(outcomes).toEqual(['{"kind":"later","retryAfter":1}']);
  // One that never comes back gives its place up.
  const left = attempt(stranger('127.0.0.1'), 'never again');
  await clock.pass(20 * SECOND);
  expect((await left).kind).toBe('later');
  await clock.pass(5 * 60 * SECOND);
  expect(compared.map(({ password }) => password)).not.toContain('never again');
});

test('a client that leaves takes no turn from others', async () => {
  const end = guessOn(() => stranger('127.0.0.1'), 'guess');
  await clock.pass(60 * SECOND);
  end();
  const leaving = Array.from({ length: 7 }, () => new AbortController());
  for (const [n, { signal }] of leaving.entries()) void attempt(stranger('127.0.0.1'), `left ${n}`, signal);
  await clock.pass(0);
  for (const controller of leaving) controller.abort();
  expect(await logIn(stranger('127.0.0.1'), { within: 40 * SECOND })).toBeLessThanOrEqual(31 * SECOND);
  expect(compared.filter(({ password }) => password.startsWith('left'))).toEqual([]);
});

test('wrong passwords count after a restart, and nobody is locked out', async () => {
  const ends = [1, 2, 3].map((n) => guessOn(() => stranger('203.0.113.1'), `guess ${n}`));
  await clock.pass(3 * 60 * SECOND);
  for (const end of ends) end();
  stop.abort();
  start();
  compared = [];
  guessOn(() => stranger('203.0.113.1'), 'after the restart');
  await clock.pass(60 * SECOND);
  expect(compared.length).toBeLessThanOrEqual(5);
  expect(await logIn(stranger('192.0.2.7'), { within: SECOND })).toBe(0);
  expect(await logIn(stranger('203.0.113.1'), { within: 40 * SECOND })).toBeLessThanOrEqual(31 * SECOND);
});

test.each([
  ['ahead when passwords were wrong', '2031-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  ['behind when passwords were wrong', '1970-01-02T00:00:00Z', '2026-01-01T00:00:00Z'],
])('a clock that was %s keeps nobody waiting for long, with or without a restart', async (_, before, after) => {
  clock.set(before);
  const end = guessOn(() => stranger('192.0.2.1'), 'guess');
  await clock.pass(60 * SECOND);
  end();
  await clock.pass(30 * SECOND);
  clock.set(after);
  expect(await logIn(stranger('192.0.2.1'), { within: 40 * SECOND })).toBeLessThanOrEqual(31 * SECOND);
  stop.abort();
  start();
  expect(await logIn(stranger('192.0.2.1'), { within: 40 * SECOND })).toBeLessThanOrEqual(31 * SECOND);
});

test('a server that stops answers all waiting requests', async () => {
  for (let n = 0; n < 3; n += 1) guessOn(() => stranger('127.0.0.1'), `guess ${n}`);
  await clock.pass(60 * SECOND);
  const waiting = attempt(stranger('127.0.0.1'), RIGHT);
  await clock.pass(0);
  stop.abort();
  expect((await waiting).kind).toBe('full');
});

test('the memory of wrong passwords stays small', async () => {
  for (let n = 0; n < 60; n += 1) guessOn(() => stranger(`203.0.113.${n}`), `guess ${n}`);
  await clock.pass(PART_OF_A_DAY);
  stop.abort();
  start();
  await clock.pass(2 * HOUR);
  await attempt(stranger('192.0.2.1'), 'a guess');
  const rows = await db.query.selectFrom('web_login_tries').select('origin').orderBy('origin').execute();
  expect(rows.map(({ origin }) => origin)).toEqual(['192.0.2.1', 'all']);
});
