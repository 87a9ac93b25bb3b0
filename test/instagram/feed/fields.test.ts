import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InstagramApiError } from '../../../src/errors.ts';
import { createFields } from '../../../src/instagram/feed/fields.ts';

const NAMES =
  'timestamp thumbnail_url caption permalink shortcode username media_product_type alt_text like_count comments_count is_shared_to_feed'.split(
    ' ',
  );
const refusal = (name: string, isNamed: boolean) =>
  new InstagramApiError(isNamed ? `(#100) Tried accessing nonexisting field (${name})` : '(#100) Unknown fields', {
    code: 100,
  });
const listOf = (fields: string) => fields.replace(/children\{.*\}/, 'children').split(',');
const childrenOf = (fields: string) => /children\{(.*)\}/.exec(fields)?.[1]?.split(',') ?? [];

test('whatever fields are refused, all others are given, with few calls', async () => {
  const refusedNames = fc.uniqueArray(
    fc.constantFrom(...NAMES, 'children', 'children.alt_text', 'children.timestamp'),
    { maxLength: 3 },
  );
  await fc.assert(
    fc.asyncProperty(refusedNames, fc.boolean(), async (refused, isNamed) => {
      const fields = createFields({ children: true });
      let calls = 0;
      const ask = () =>
        fields.ask('posts', async (list) => {
          calls += 1;
          const own = listOf(list);
          const bad = refused.find((name) =>
            name.startsWith('children.') ? childrenOf(list).includes(name.slice(9)) : own.includes(name),
          );
          if (bad) throw refusal(bad.replace('children.', ''), isNamed);
          return list;
        });
      const given = await ask();
      expect(calls).toBeLessThanOrEqual(2 + 7 * refused.length);
      for (const name of ['id', 'media_type', 'media_url']) expect(listOf(given)).toContain(name);
      for (const name of NAMES) expect(listOf(given).includes(name), name).toBe(!refused.includes(name));
      // As long as it is not asked for again, each page is one call.
      calls = 0;
      await ask();
      expect(calls).toBe(1);
      const told = refused.filter((name) => name !== 'children');
      if (!refused.includes('children')) expect([...fields.refused()].toSorted()).toEqual(told.toSorted());
    }),
  );
});

test('a refusal that passes costs one call, and no field', async () => {
  const fields = createFields({ children: true });
  let calls = 0;
  const all = await fields.ask('posts', async (list) => list);
  const given = await fields.ask('posts', async (list) => {
    calls += 1;
    if (calls === 1) throw refusal('caption', true);
    return list;
  });
  expect([given, calls, fields.refused()]).toEqual([all, 2, []]);
});

test.each([
  new InstagramApiError('(#100) Invalid cursors values field', { code: 100 }),
  new InstagramApiError('field', { code: 100, subcode: 33 }),
  new InstagramApiError('(#100) nonexisting field (stories)', { code: 100 }),
  new InstagramApiError('field (caption)', { code: 10 }),
])('another error is passed on at once: $message', async (error) => {
  let calls = 0;
  const asked = createFields({ children: false }).ask('posts', async () => {
    calls += 1;
    throw error;
  });
  await expect(asked).rejects.toBe(error);
  expect(calls).toBe(1);
});
