import { afterEach, expect, test } from 'vitest';
import { startBackfill } from '../../src/app/backfill/start.ts';
import { backfillOverview, listMediaItems } from '../../src/catalogue/media-items.ts';
import { RunInProgressError } from '../../src/errors.ts';
import { eachDatabase } from '../support/databases.ts';
import { album, childId, idOf, image, images, video } from '../support/posts.ts';
import { ASK, type TestApp, testApp } from '../support/test-app.ts';

/** What a whole run asks of its database, the same on each kind. */
eachDatabase((databases) => {
  let world: TestApp | undefined;
  afterEach(async () => {
    await world?.close();
    world = undefined;
  });
  const app = async (options: Parameters<typeof testApp>[0]) => {
    world = await testApp({ ...options, database: await databases.create() });
    return world;
  };

  test('a history becomes a library, and a second run finds it complete', async () => {
    const { run, app: program } = await app({
      posts: [album(9, 4), video(8), image(7, { caption: 'Größe 🌊' }), ...images(6)],
      faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', ids: [childId(9, 2)] } }],
    });
    expect((await run()).report).toMatchObject({ downloaded: 11, failed: 1, totalApiItems: 13 });
    expect(await backfillOverview(program.db, 5)).toMatchObject({
      total: 11,
      failed: 1,
      failedItems: [{ instagramMediaId: childId(9, 2), postId: idOf(9), times: 1, type: 'BackfillMediaNotFoundError' }],
    });
    world?.sandbox.setFaults([]);
    expect((await run()).report).toMatchObject({ downloaded: 1, skippedDuplicate: 11, failed: 0 });
    expect((await backfillOverview(program.db, 5)).failed).toBe(0);
    const [first] = await listMediaItems(program.db, { limit: 1, search: 'größe' });
    expect(first).toMatchObject({
      instagramMediaId: idOf(7),
      postedAt: new Date('2026-01-07T12:00:00Z'),
      caption: 'Größe 🌊',
      post: { itemCount: 1, likeCount: 7, commentsCount: 1 },
    });
  });

  test('an incremental run stops where the complete history begins', async () => {
    const { run, sandbox } = await app({ posts: images(20), maxPageSize: 5 });
    await run();
    sandbox.publish(image(21));
    sandbox.resetRequests();
    expect((await run({ incremental: true })).report.downloaded).toBe(1);
    expect(sandbox.graphCalls()).toBe(2);
  });

  test('a second run of the account is refused, and the row of the first shows how it ended', async () => {
    const { run, app: program } = await app({ posts: images(3) });
    const first = await startBackfill(program, ASK, new AbortController().signal);
    await expect(run()).rejects.toThrow(RunInProgressError);
    for await (const _ of first.events);
    const [view, another] = await program.runs.recent(5);
    expect([view?.id, view?.status, view?.result?.downloaded, another]).toEqual([first.id, 'completed', 3, undefined]);
  });

  test('the library is listed page by page', async () => {
    const { run, app: program } = await app({ posts: images(7) });
    await run();
    const first = await listMediaItems(program.db, { limit: 4 });
    const rest = await listMediaItems(program.db, { limit: 4, after: first.at(-1)?.id });
    expect([...first, ...rest].map(({ instagramMediaId }) => instagramMediaId)).toEqual(
      [7, 6, 5, 4, 3, 2, 1].map(idOf),
    );
  });

  test('of two runs that start at the same moment, one is refused', async () => {
    const { app: program } = await app({ posts: images(3) });
    const signal = new AbortController().signal;
    const asked = await Promise.allSettled([1, 2, 3, 4].map(() => startBackfill(program, ASK, signal)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of asked) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(RunInProgressError);
  });

  test('a child of two albums is one item', async () => {
    const { run } = await app({
      posts: [album(9, 2), album(8, 2, { children: [...(album(9, 1).children ?? []), image(3)] })],
    });
    expect((await run()).report).toMatchObject({ downloaded: 3, failed: 0, totalApiItems: 5 });
    expect((await run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 3 });
  });

  test('files without their rows are adopted', async () => {
    const { run, app: program } = await app({ posts: [album(3), image(1)] });
    await run();
    await program.db.query.deleteFrom('media_items').execute();
    expect((await run()).report).toMatchObject({ downloaded: 0, adopted: 4 });
  });

  test('accounts, tokens and the active one are kept', async () => {
    const { app: program, sandbox } = await app({ posts: [] });
    const [account] = await program.accounts.list();
    if (!account) throw new Error('the account is missing');
    const expires = new Date('2026-12-24T18:00:00Z');
    await program.tokens.store(account, { value: sandbox.tokens.instagram, expiresAt: expires });
    expect(await program.tokens.valueFor(account)).toBe(sandbox.tokens.instagram);
    expect((await program.tokens.info(account))?.expiresAt).toEqual(expires);
    await program.accounts.setActive(account);
    await program.accounts.setActive(account);
    expect(await program.accounts.activeId()).toBe(account.id);
    expect(await program.tokens.reencrypt()).toBe(1);
  });
});
