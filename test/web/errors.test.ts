import { Hono } from 'hono';
import { expect, test } from 'vitest';
import {
  BackfillMediaNotFoundError,
  DatabaseError,
  InstagramApiError,
  InterruptedError,
  LostKeyError,
  RateLimitError,
  RunInProgressError,
  StorageError,
  StorylineError,
  TokenExpiredError,
  UsageError,
} from '../../src/errors.ts';
import { createLog } from '../../src/lib/log.ts';
import { answerError } from '../../src/web/http/answer-error.ts';
import { testGallery } from './support.ts';

const answerTo = async (error: Error) => {
  const logged: string[] = [];
  const app = new Hono().get('/broken', () => {
    throw error;
  });
  app.onError(answerError(createLog('debug', (line) => logged.push(line))));
  const answer = await app.request('/broken?search=private');
  return { status: answer.status, text: await answer.text(), logged };
};

test.each([
  [new UsageError('x'), 400],
  [new LostKeyError('x'), 400],
  [new RunInProgressError('x'), 409],
  [new TokenExpiredError('x'), 409],
  [new RateLimitError('x', { until: new Date() }), 429],
  [new InstagramApiError('x'), 502],
  [new BackfillMediaNotFoundError('x'), 502],
  [new DatabaseError('x'), 503],
  [new StorageError('x'), 503],
  [new InterruptedError('x'), 503],
  [new StorylineError('x'), 500],
])('%o is answered with %i and its message', async (error, expected) => {
  const { status, text, logged } = await answerTo(error);
  expect(status).toBe(expected);
  expect(JSON.parse(text).error.message).toBe(error.message);
  expect(logged).toEqual([]);
});

test('details of a bug appear only in the log', async () => {
  const { status, text, logged } = await answerTo(new TypeError('the innermost thing is undefined'));
  expect(status).toBe(500);
  expect(JSON.parse(text)).toEqual({ error: { message: 'Internal error; see the log' } });
  expect(logged).toHaveLength(1);
  expect(logged[0]).toMatch(/^error: GET \/broken failed: TypeError: the innermost[\s\S]*errors\.test\.ts/);
  expect(logged[0]).not.toContain('private');
});

test('an unavailable database is reported, and the page is still served', async () => {
  const gallery = await testGallery();
  try {
    await gallery.library.app.db.close();
    const answer = await gallery.ask('/api/session');
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await gallery.ask('/')).status).toBe(200);
  } finally {
    await gallery.close();
  }
});

test('requests are logged at level debug, without the search', async () => {
  const gallery = await testGallery();
  try {
    await gallery.ask('/api/session?search=private');
    expect(gallery.logged.filter((line) => /^debug: GET \/api\/session 200 \d+ ms$/.test(line))).toHaveLength(1);
    expect(gallery.logged.join()).not.toContain('private');
  } finally {
    await gallery.close();
  }
});
