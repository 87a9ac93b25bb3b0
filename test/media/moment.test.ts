import { expect, test } from 'vitest';
import { formatMoment, formatStamp, parseDay, parseMoment } from '../../src/media/moment.ts';

test.each([
  ['2019-09-26T22:36:43+0000', '2019-09-26T22:36:43.000Z'],
  ['2019-09-26T22:36:43+00:00', '2019-09-26T22:36:43.000Z'],
  ['2019-09-26T22:36:43Z', '2019-09-26T22:36:43.000Z'],
  ['2019-09-26T22:36:43.250+0000', '2019-09-26T22:36:43.000Z'],
  ['2019-09-27T04:06:43+0530', '2019-09-26T22:36:43.000Z'],
  ['2019-09-26T15:36:43-0700', '2019-09-26T22:36:43.000Z'],
])('reads %s', (text, moment) => {
  expect(parseMoment(text)?.toISOString()).toBe(moment);
});

test.each([
  '',
  'yesterday',
  '2019-09-26',
  '2019-13-40T00:00:00+0000',
  '1970-01-01T00:00:00+0000',
  '9999-01-01T00:00:00+0000',
  '2019-09-26T22:36:43',
])('takes %j for no moment', (text) => {
  expect(parseMoment(text)).toBeUndefined();
});

test.each([
  ['2025-01-31', '2025-01-31T00:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
])('reads the day %s as its beginning in UTC', (text, moment) => {
  expect(parseDay(text)?.toISOString()).toBe(moment);
});

test.each(['2025-13-40', '2025-02-29', '2025-1-1', '20250101', 'x', ''])('rejects the day %j', (text) => {
  expect(parseDay(text)).toBeUndefined();
});

test('prints times in UTC', () => {
  const moment = new Date('2019-09-26T22:36:43Z');
  expect(formatStamp(moment)).toBe('20190926_223643');
  expect(formatMoment(moment)).toBe('2019-09-26 22:36:43 UTC');
});
