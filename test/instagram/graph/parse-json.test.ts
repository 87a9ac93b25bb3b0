import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../../src/instagram/graph/parse-json.ts';

test.each([
  ['{"id":17841400000000001}', { id: '17841400000000001' }],
  ['{"data":[{"page":{"id" : 123456789012345678}}]}', { data: [{ page: { id: '123456789012345678' } }] }],
  [
    '[-17841400000000001, 9007199254740991, 9007199254740993]',
    ['-17841400000000001', 9007199254740991, '9007199254740993'],
  ],
  [
    '[1.7841400000000001e16,17841400000000001.0,1784140000000000100E-2]',
    ['17841400000000001', '17841400000000001', '17841400000000001'],
  ],
  ['[1e300,1.5,0.1e-3,-0,12]', [1e300, 1.5, 0.0001, -0, 12]],
  [
    '{"text":"id: 17841400000000001, \\"17841400000000001\\\\","n":17841400000000001}',
    { text: 'id: 17841400000000001, "17841400000000001\\', n: '17841400000000001' },
  ],
  ['17841400000000001', '17841400000000001'],
  ['{17841400000000001:1}', undefined],
  ['[00017841400000000001]', undefined],
  ['', undefined],
  ['<html>', undefined],
])('%s', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

test('reads all other JSON as JSON.parse does, in whatever spacing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space);
      const small = (inner: unknown): unknown => {
        if (typeof inner === 'number')
          return Number.isInteger(inner) && !Number.isSafeInteger(inner) && Math.abs(inner) < 1e40 ? 'large' : inner;
        if (Array.isArray(inner)) return inner.map(small);
        if (typeof inner !== 'object' || inner === null) return inner;
        return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, small(one)]));
      };
      const expected = small(JSON.parse(text));
      if (!JSON.stringify(expected).includes('"large"')) expect(parseJson(text)).toEqual(expected);
    }),
  );
});

test('an id of any size, anywhere, comes as its digits; texts with anything in them stay', () => {
  const large = fc.bigInt({ min: 2n ** 53n, max: 10n ** 30n });
  fc.assert(
    fc.property(large, fc.string({ unit: 'binary' }), fc.boolean(), (id, text, isNegative) => {
      const digits = `${isNegative ? '-' : ''}${id}`;
      const quoted = JSON.stringify(text);
      expect(parseJson(`{${quoted}:[${digits},{"x":${digits},"t":${quoted}}]}`)).toEqual({
        [text]: [digits, { x: digits, t: text }],
      });
    }),
  );
});
