import { expect, test } from 'vitest';
import { BackfillRequest, type Run } from '../../src/contract/runs.ts';
import { everyMonth, totalOf } from '../../src/page/library/months.ts';
import { captionParts } from '../../src/page/post/caption.ts';
import { isBackwards, realRunOf, requestOf, type StartFields } from '../../src/page/runs/request.ts';

test.each([
  ['no tag at all', ['no tag at all']],
  ['#sea and #Straßenfest!', [{ hashtag: 'sea' }, ' and ', { hashtag: 'Straßenfest' }, '!']],
  ['#one#two', [{ hashtag: 'one' }, '#two']],
  ['see https://example.com/#top and a#b', ['see https://example.com/#top and a#b']],
  ['we are #1, really', ['we are #1, really']],
  ['#2019summer', [{ hashtag: '2019summer' }]],
  ['two\nlines\n#日本', ['two\nlines\n', { hashtag: '日本' }]],
  ['', []],
])('the hashtags in the caption %j are found', (caption, parts) => expect(captionParts(caption)).toEqual(parts));

const fields: StartFields = {
  account: '',
  mediaType: 'both',
  from: '',
  to: '',
  limit: '',
  concurrency: '',
  dryRun: false,
  incremental: false,
  retryFailed: false,
  wait: true,
  collaborations: false,
};

test('the form sends its fields, and the server accepts them', () => {
  const request = requestOf({
    ...fields,
    from: '2020-01-01',
    to: '2020-12-31',
    limit: '50',
    concurrency: '4',
    dryRun: true,
  });
  expect(BackfillRequest.parse(request)).toEqual({
    mediaType: 'both',
    since: '2020-01-01',
    until: '2021-01-01',
    limit: 50,
    concurrency: 4,
    dryRun: true,
    incremental: false,
    retryFailed: false,
    wait: true,
    collaborations: false,
  });
});

test('retrying failed items ignores options that choose posts', () => {
  const request = requestOf({ ...fields, retryFailed: true, incremental: true, collaborations: true });
  expect(request).toEqual({ retryFailed: true, dryRun: false, wait: true });
});

test('a range that ends before it starts is detected; a single day is valid', () => {
  expect(isBackwards({ ...fields, from: '2020-02-02', to: '2020-02-01' })).toBe(true);
  expect(isBackwards({ ...fields, from: '2020-02-02', to: '2020-02-02' })).toBe(false);
});

test('the real run has the options of the dry run', () => {
  const account = { id: '0b0e7a52-1c7d-4d39-9a3c-1f1f6f0c9a11', name: '@studio' };
  const run: Run = {
    id: account.id,
    status: 'completed',
    startedAt: '2026-01-01T00:00:00.000Z',
    completedAt: null,
    triggeredBy: 'web',
    account,
    request: {
      mediaType: 'feed',
      limit: 10,
      since: '2020-01-01T00:00:00.000Z',
      until: null,
      dryRun: true,
      incremental: true,
      retryFailed: false,
      collaborations: false,
      repair: false,
    },
    progress: null,
    isCancelled: false,
    result: null,
    errors: [],
    error: null,
  };
  expect(BackfillRequest.parse(realRunOf(run))).toEqual({
    account: account.id,
    mediaType: 'feed',
    limit: 10,
    since: '2020-01-01',
    dryRun: false,
    incremental: true,
    retryFailed: false,
    wait: true,
    collaborations: false,
  });
});

test('months without posts are included in the chart', () => {
  const months = everyMonth([
    { month: '2019-11', posts: { image: 2, reel: 1 } },
    { month: '2020-02', posts: { album: 1 } },
  ]);
  expect(months.map(({ month }) => month)).toEqual(['2019-11', '2019-12', '2020-01', '2020-02']);
  expect(months.map(totalOf)).toEqual([3, 0, 0, 1]);
  expect(everyMonth([])).toEqual([]);
});
