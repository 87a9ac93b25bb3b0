import { expect, test } from 'vitest';
import { BackfillError } from '../../src/errors.ts';
import { fileStem } from '../../src/media/file-name.ts';

test('a file is named after the UTC time of its post and its id', () => {
  const item = { id: '18012345678901234', postedAt: new Date('2026-05-01T12:00:00Z') };
  expect(fileStem(item)).toBe('20260501_120000_18012345678901234');
});

test('without a valid time the name is the id', () => {
  expect(fileStem({ id: '18012345678901234' })).toBe('18012345678901234');
});

test.each(['../../etc/passwd', '1/2', '', 'abc', '1\u0000', '1'.repeat(33), '１２３'])(
  'an id that is not digits is refused: %j',
  (id) => {
    expect(() => fileStem({ id })).toThrow(BackfillError);
  },
);
