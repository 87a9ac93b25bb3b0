import { setImmediate as tick } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createCompleteness } from '../../src/backfill/completeness.ts';
import type { RunEvent } from '../../src/backfill/events.ts';
import { createHistory } from '../../src/backfill/history.ts';
import type { Post } from '../../src/media/item.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Tells a follower of a page with one post that is kept; only the follower can hold the post after that. */
function tellOf(follow: (event: RunEvent) => void): WeakRef<Post> {
  const item = { id: '11', postId: '1', position: 1, kind: 'image', mediaType: 'IMAGE' } as const;
  const post: Post = {
    id: '1',
    source: 'feed',
    mediaType: 'IMAGE',
    isAlbum: false,
    postedAt: new Date(Date.UTC(2026, 0, 1)),
    items: [item],
  };
  const posts = [post];
  const usage = { calls: 1, percent: undefined, seconds: 0 };
  follow({
    type: 'read',
    page: { source: 'feed', number: 1, posts, isLast: true, usage },
    wanted: posts,
    asked: posts,
  });
  follow({ type: 'skipped', item, reason: 'duplicate' });
  return new WeakRef(post);
}

const history = createHistory({ completeUpTo: undefined, isWalk: true });
const completeness = createCompleteness({});
/** A first dry run: nothing was counted before. */
const DRY = {
  source: { countPosts: async () => undefined },
  library: { lastCount: async () => undefined, noteCount: async () => undefined, countUnlisted: async () => 0 },
  dryRun: true,
  signal: new AbortController().signal,
};

test.each([
  ['proves', history.follow, () => history.proof().complete.length],
  ['counts', completeness.follow, async () => (await completeness.finish(DRY))?.completeness.whole],
])('what a run %s is remembered without the posts themselves', async (_, follow, remembered) => {
  const post = tellOf(follow);
  await tick();
  collectGarbage();
  expect(post.deref()).toBeUndefined();
  expect(await remembered()).toBe(1);
});
