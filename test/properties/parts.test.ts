import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFernet, generateKey } from '../../src/accounts/fernet.ts';
import { type Interval, mergeIntervals } from '../../src/backfill/history.ts';
import { oneLine } from '../../src/cli/terminal.ts';
import { InstagramApiError } from '../../src/errors.ts';
import { createContentCheck } from '../../src/files/content/content-check.ts';
import { nextCursor, postListing, read, toPost } from '../../src/instagram/feed/response-schemas.ts';
import { createMediaHosts } from '../../src/instagram/media/media-hosts.ts';
import { maskSecrets } from '../../src/lib/mask-secrets.ts';
import { isPrivateAddress } from '../../src/lib/private-addresses.ts';
import { fileStem, isMediaId } from '../../src/media/file-name.ts';
import { formatStamp, parseDay, parseMoment } from '../../src/media/moment.ts';
import { createMediaFiles } from '../../src/sandbox/media/media-files.ts';

/** What must hold of single parts, whatever they are fed. */

const property = <T extends [unknown, ...unknown[]]>(
  ...args: [...{ [K in keyof T]: fc.Arbitrary<T[K]> }, (...values: T) => void]
) => fc.assert(fc.property(...args));

test('any answer of the API is read, or refused with an error of ours', () => {
  const node = fc.record(
    {
      id: fc.oneof(fc.string(), fc.integer(), fc.constant('17')),
      media_type: fc.oneof(fc.constantFrom('IMAGE', 'VIDEO', 'CAROUSEL_ALBUM', null), fc.jsonValue()),
      media_url: fc.oneof(fc.webUrl(), fc.string(), fc.constant(null)),
      timestamp: fc.oneof(fc.string(), fc.constant('2024-01-01T00:00:00+0000')),
      like_count: fc.oneof(fc.integer(), fc.double(), fc.constant(null)),
      children: fc.oneof(fc.constant({ data: [{ id: '18' }] }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const paging = fc.oneof(fc.jsonValue(), fc.record({ next: fc.oneof(fc.webUrl(), fc.string()) }));
  const answer = fc.oneof(fc.jsonValue(), fc.record({ data: fc.array(node), paging }, { requiredKeys: ['data'] }));
  property(answer, (body) => {
    try {
      const page = read(postListing, body, 'GET /1/media');
      for (const one of page.data) toPost(one, 'feed', { nodes: one.children?.data ?? [] });
      nextCursor(page.paging);
    } catch (error) {
      expect(error).toBeInstanceOf(InstagramApiError);
    }
  });
});

test('a file name holds nothing that leads elsewhere, whatever the id', () => {
  property(fc.string(), fc.date({ noInvalidDate: true }), (id, postedAt) => {
    if (isMediaId(id)) expect(fileStem({ id, postedAt })).toMatch(/^[\d_+-]+$/);
    else expect(() => fileStem({ id, postedAt })).toThrow('Not an Instagram id');
  });
});

test('a moment is what was written, in whatever zone', () => {
  const seconds = fc.integer({ min: Date.UTC(2011, 0) / 1000, max: Date.UTC(2090, 0) / 1000 });
  property(seconds, fc.integer({ min: -14 * 60, max: 14 * 60 }), (at, zone) => {
    const local = new Date((at + zone * 60) * 1000).toISOString().slice(0, 19);
    const two = (n: number) => String(Math.abs(n)).padStart(2, '0');
    const offset = `${zone < 0 ? '-' : '+'}${two(Math.trunc(zone / 60))}${two(zone % 60)}`;
    const moment = parseMoment(local + offset);
    expect(moment?.getTime()).toBe(at * 1000);
    expect(formatStamp(moment as Date)).toBe(
      new Date(at * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_'),
    );
  });
});

test('no text is read as a moment or a day that it is not', () => {
  property(fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d[+-]\d{4})?$/)), (text) => {
    expect(Number.isNaN(parseMoment(text)?.getTime() ?? 0)).toBe(false);
    const day = parseDay(text);
    if (day) expect(day.toISOString().slice(0, 10)).toBe(text);
  });
});

test('what is complete is what was complete before or is now, but for the holes', () => {
  // Few seconds, so that intervals touch, overlap and hold each other.
  const second = fc.integer({ min: 0, max: 30 });
  const at = (n: number) => new Date(n * 1000);
  const interval = fc.tuple(second, fc.option(second, { nil: undefined })).map(
    ([a, b]): Interval => ({
      newest: at(Math.max(a, b ?? a)),
      oldest: b === undefined ? undefined : at(Math.min(a, b)),
    }),
  );
  const holds = (some: readonly Interval[], n: number) =>
    some.some(({ newest, oldest }) => at(n) <= newest && (!oldest || at(n) >= oldest));

  property(fc.array(interval), fc.array(interval), fc.array(second, { maxLength: 4 }), (known, complete, holes) => {
    const merged = mergeIntervals(known, { complete, holes: holes.map(at) });
    for (let n = -1; n <= 31; n += 1) {
      expect(holds(merged, n), `second ${n}`).toBe(!holes.includes(n) && holds([...known, ...complete], n));
    }
    // Newest first, and no two that could be one.
    for (const [index, one] of merged.slice(1).entries()) {
      const above = merged[index]?.oldest;
      expect(above && above.getTime() - one.newest.getTime()).toBeGreaterThan(1000);
    }
  });
});

test('a file is whole in whatever pieces it comes, and never when some of it is missing', () => {
  const files = createMediaFiles();
  const media = fc.record({
    seed: fc.integer(),
    width: fc.constantFrom(16, 64),
    height: fc.constantFrom(16, 48),
    type: fc.constantFrom(
      'jpeg' as const,
      'png' as const,
      'gif' as const,
      'webp' as const,
      'mp4' as const,
      'mov' as const,
    ),
    seconds: fc.constant(1),
  });
  const isComplete = (bytes: Buffer, cuts: readonly number[]) => {
    const check = createContentCheck();
    let from = 0;
    for (const to of [...new Set([...cuts.map((cut) => cut % bytes.length), bytes.length])].toSorted((a, b) => a - b)) {
      if (to > from) check.push(bytes.subarray(from, to), to);
      from = to;
    }
    return check.type() !== undefined && check.isComplete();
  };
  property(media, fc.array(fc.nat(), { maxLength: 6 }), fc.integer({ min: 1, max: 400 }), (what, cuts, missing) => {
    const bytes = Buffer.concat([...files(what).chunks()]);
    expect(isComplete(bytes, cuts)).toBe(true);
    expect(isComplete(bytes.subarray(0, Math.max(20, bytes.length - missing)), cuts)).toBe(false);
  });
});

test('bytes of any kind are looked at without an error', () => {
  const head = fc.constantFrom(
    [],
    [0xff, 0xd8, 0xff, 0xe0],
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    [...Buffer.from('GIF89a')],
    [0, 0, 0, 24, ...Buffer.from('ftypisom')],
  );
  property(head, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
    const check = createContentCheck();
    const bytes = Buffer.from([...start, ...rest]);
    check.push(bytes.subarray(0, 9), Math.min(9, bytes.length));
    check.push(bytes.subarray(9), bytes.length);
    expect([true, false]).toContain(check.isComplete());
  });
});

test('what is encrypted comes back, and not a byte of it can be changed', () => {
  const fernet = createFernet(generateKey());
  property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, where) => {
    const token = fernet.encrypt(text);
    expect(fernet.decrypt(token)).toBe(text);
    const bytes = Buffer.from(token, 'base64url');
    const at = where % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(fernet.decrypt(bytes.toString('base64url'))).toBeUndefined();
    expect(createFernet(generateKey()).decrypt(token)).toBeUndefined();
  });
});

test('no host but those listed is asked, and no address of a private network', () => {
  const hosts = createMediaHosts(['cdninstagram.com', 'fbcdn.net']);
  property(fc.webUrl({ validSchemes: ['https', 'http'], withQueryParameters: true }), (address) => {
    expect(hosts.refusal(new URL(address))).toBeDefined();
  });
  property(fc.domain(), (name) => {
    expect(hosts.refusal(new URL(`https://${name}.cdninstagram.com/x`))).toBeUndefined();
    expect(hosts.refusal(new URL(`https://cdninstagram.com.${name}/x`))).toBeDefined();
    expect(hosts.refusal(new URL(`https://not${'cdninstagram.com'}/${name}`))).toBeDefined();
  });
  const any = createMediaHosts(['10.1.2.3', '192.168.0.9']);
  expect(any.refusal(new URL('https://10.1.2.3/x'))).toContain('private');
  property(fc.constantFrom('10', '127', '0'), fc.ipV4(), (first, address) => {
    expect(isPrivateAddress(address.replace(/^\d+/, first))).toBe(true);
    expect(isPrivateAddress(`::ffff:${address.replace(/^\d+/, first)}`)).toBe(true);
  });
});

test('a token or a signature is masked, whatever stands around it', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9]{20,60}$/);
  const around = fc.stringMatching(/^[ .,:;"'()\n]*$/);
  property(fc.constantFrom('EAA', 'IGAA', 'IGQ'), word, around, around, (prefix, rest, before, after) => {
    expect(maskSecrets(`${before}${prefix}${rest}${after}`)).not.toContain(rest);
    expect(maskSecrets(`https://x.example/y?a=1&oh=${rest}&oe=1${after}`)).not.toContain(rest);
    expect(maskSecrets(`${before} Bearer ${rest}${after}`)).not.toContain(rest);
  });
});

test("a bot's token is masked, in an address too", () => {
  property(fc.stringMatching(/^\d{8,10}$/), fc.stringMatching(/^[\w-]{35}$/), (id, rest) => {
    expect(maskSecrets(`Telegram refuses ${id}:${rest}.`)).not.toContain(rest);
    expect(maskSecrets(`GET https://api.telegram.org/bot${id}:${rest}/getMe`)).not.toContain(rest);
  });
});

test('text from outside cannot steer the terminal', () => {
  property(fc.string({ unit: 'binary' }), (text) => {
    expect(oneLine(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  });
});
