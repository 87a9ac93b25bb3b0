import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type BackfillRequest, backfill } from '../../src/backfill/backfill.ts';
import { counted } from '../../src/backfill/counted.ts';
import type { PostPage, Source } from '../../src/backfill/ports.ts';
import type { FileStore } from '../../src/files/file-store.ts';
import { receive } from '../../src/files/receive.ts';
import { createLibrary } from '../../src/library/library.ts';
import { WRITTEN_FOLDERS } from '../../src/library/paths.ts';
import type { Post } from '../../src/media/item.ts';
import { mediaUrl } from '../../src/media/media-url.ts';
import { jpeg } from '../support/files.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

/** A folder of pictures, named by their ids, as a source that lists and downloads and can do nothing else. */
const folderSource = (folder: string, store: FileStore): Source => ({
  async *pages(): AsyncGenerator<PostPage> {
    const names = (await readdir(folder)).toSorted().toReversed();
    for (const [index, name] of names.entries()) {
      const path = join(folder, name);
      const id = name.replace('.jpg', '');
      const item = { id, postId: id, position: 1, kind: 'image', mediaType: 'IMAGE' } as const;
      const post: Post = {
        id,
        source: 'feed',
        mediaType: 'IMAGE',
        isAlbum: false,
        items: [{ ...item, url: mediaUrl(pathToFileURL(path).href), postedAt: (await stat(path)).mtime }],
      };
      yield { source: 'feed', number: index + 1, posts: [post], isLast: index === names.length - 1 };
    }
  },
  async download({ id, url }) {
    const bytes = await readFile(new URL(url?.reveal() ?? ''));
    const about = { announcedSize: bytes.length, instagramMediaId: id, kind: 'image', mayWaitForRoom: true } as const;
    return receive(
      store,
      'instagram_backfill',
      (async function* () {
        yield bytes;
      })(),
      about,
    );
  },
});

/** A picture with a comment segment, so that no two have the same bytes. */
const picture = (comment: string) =>
  Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, comment.length + 2]),
    Buffer.from(comment),
    jpeg().subarray(2),
  ]);

let app: TestApp;
afterEach(() => app.close());

const REQUEST: BackfillRequest = {
  listings: ['feed'],
  window: {},
  retryFailed: false,
  isRepair: false,
  dryRun: false,
  concurrency: () => 2,
};

test('a source that only lists and downloads fills the library; what it cannot tell stays undefined', async () => {
  app = await testApp({ posts: [] });
  const folder = join(app.config.mediaDir, '..', 'pictures');
  const ids = ['17900000000000001', '17900000000000002', '17900000000000003'];
  await mkdir(folder);
  for (const id of ids) await writeFile(join(folder, `${id}.jpg`), picture(id));
  const { runs, db, outside, accounts } = app.app;
  const account = await accounts.choose(undefined);

  const run = async (request: Partial<BackfillRequest> = {}) => {
    const runId = runs.newId();
    const stores = app.app.stores.forWriter({ owner: runId, memory: 1_000_000, warn: outside.log.warn });
    await stores.media.prepare(WRITTEN_FOLDERS);
    await db.query
      .insertInto('service_runs')
      .values({ id: runId, service_name: 'test', method_name: 'backfill', status: 'running' })
      .execute();
    const library = createLibrary({ db, stores, accountId: account.id, runId, now: outside.now });
    const source = folderSource(folder, stores.media);
    const events = [];
    const stages = backfill({ ...REQUEST, ...request }, { source, library }, new AbortController().signal);
    for await (const event of counted(stages, { dryRun: request.dryRun ?? false })) {
      events.push(event);
    }
    const last = events.at(-1);
    if (last?.type !== 'ended') throw new Error('the run did not end');
    expect(last.stoppedBy).toBeUndefined();
    return { ...last, types: events.map(({ type }) => type) };
  };

  const dry = await run({ dryRun: true });
  expect(dry.types).not.toContain('measuring');
  expect(dry.report.forecast).toMatchObject({
    apiCalls: 0,
    files: 3,
    bytes: undefined,
    seconds: undefined,
    sampled: 0,
  });
  expect(await app.files()).toEqual([]);

  const lost = join(folder, `${ids[1]}.jpg`);
  const bytes = await readFile(lost);
  await writeFile(lost, 'not a picture');
  const first = await run();
  expect(first.report).toMatchObject({ downloaded: 2, failed: 1, apiCalls: 0, usagePercent: undefined });
  expect(first.report.completeness).toMatchObject({ reported: undefined, listed: 3, whole: 2, missing: 1 });
  expect(await app.files()).toHaveLength(2);

  await writeFile(lost, bytes);
  expect((await run({ retryFailed: true })).report).toMatchObject({ downloaded: 1, failed: 0 });
  expect(await app.files()).toHaveLength(3);

  await rm(lost);
  expect((await run()).report.completeness).toMatchObject({ listed: 2, whole: 2, unlisted: 1 });
  expect((await run({ retryFailed: true })).report).toMatchObject({ downloaded: 0, failed: 0 });
});
