import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
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

test('the text of a backfill error ends with its media id, where there is one', () => {
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

describe('rules that the code keeps', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('sandbox/'))
    .map((path) => ({ path, text: readFileSync(`src/${path}`, 'utf8') }));
  const where = (pattern: RegExp) => files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

  test('one place turns codes of the API into types', () => {
    expect(where(/new (RateLimitError|TooMuchDataError)\(/)).toEqual(['instagram/graph-errors.ts']);
    expect(where(/\b80002\b/)).toEqual(['instagram/graph-errors.ts']);
  });

  test('nothing is run on a schedule', () => {
    // They show the time that is left of a wait, that a run lives and how far it is, and that a page is still heard.
    expect(where(/setInterval\(/).toSorted()).toEqual([
      'cli/progress.ts',
      'runs/lock.ts',
      'runs/progress.ts',
      'web/routes/events.ts',
    ]);
    expect(where(/\bcron\b|schedule\(/i)).toEqual([]);
  });

  test('nothing writes to the posting mix', () => {
    expect(where(/(insertInto|updateTable|deleteFrom)\('category_post_case_mix'/)).toEqual([]);
  });

  test('no row of the library is removed, and none is changed but to put right what is wrong', () => {
    expect(where(/deleteFrom\('media_items'/)).toEqual([]);
    expect(where(/updateTable\('media_items'/)).toEqual([
      'library/item-rows.ts',
      'library/mend.ts',
      'library/relink.ts',
    ]);
  });

  test('what was downloaded is indexed as it is kept, never by scanning folders', () => {
    expect(where(/\.listFiles\(/)).toEqual(['library/mend.ts', 'library/verify.ts', 'storage/local-folder.ts']);
  });
});
