import { expect, test } from 'vitest';
import { EXIT, exitCodeOf } from '../src/cli/exit-codes.ts';
import {
  BackfillError,
  BackfillMediaExpiredError,
  BackfillMediaNotFoundError,
  DatabaseError,
  InstagramApiError,
  InterruptedError,
  RateLimitError,
  StorageError,
  StorylineError,
  TokenExpiredError,
  UsageError,
} from '../src/errors.ts';

test('the message of a backfill error ends with its media id, if it is known', () => {
  expect(new BackfillError('Empty', { instagramMediaId: '180' }).message).toBe('Empty (media_id: 180)');
  expect(new BackfillError('Empty').message).toBe('Empty');
});

test.each([BackfillMediaExpiredError, BackfillMediaNotFoundError])(
  '%o is a backfill error with words of its own',
  (type) => {
    const error = new type(undefined, { instagramMediaId: '180' });
    expect(error).toBeInstanceOf(BackfillError);
    expect(error).toBeInstanceOf(StorylineError);
    expect(error.message).toMatch(/^Instagram media .* \(media_id: 180\)$/);
    expect(error.name).toBe(type.name);
  },
);

const codes = { code: 190, subcode: 460, status: 400, traceId: 'A1' };

test.each([new RateLimitError('no', { ...codes, until: new Date() }), new TokenExpiredError('no', codes)])(
  '%o is an error of the API, with its codes',
  (error) => {
    expect(error).toBeInstanceOf(InstagramApiError);
    expect(error).toMatchObject(codes);
  },
);

test.each([
  [new UsageError('x'), EXIT.wrongUsage],
  [new RateLimitError('x', { until: new Date() }), EXIT.rateLimited],
  [new InterruptedError(), EXIT.interrupted],
  [new TokenExpiredError('x'), EXIT.stopped],
  [new DatabaseError('x'), EXIT.stopped],
  [new StorageError('x'), EXIT.stopped],
])('%o has its exit status', (error, status) => {
  expect(exitCodeOf(error)).toBe(status);
});
