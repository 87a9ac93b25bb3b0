import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { BackfillEvent } from '../../../src/backfill/ended.ts';
import {
  BackfillError,
  BackfillMediaExpiredError,
  BackfillMediaIncompleteError,
  BackfillMediaNotFoundError,
  BackfillMediaTypeError,
} from '../../../src/errors.ts';
import type { Fault, FaultMatch } from '../../../src/sandbox/server.ts';
import { idOf, image, images, video } from '../../support/posts.ts';
import { type RunOutcome, type TestApp, testApp } from '../../support/test-app.ts';

let it: TestApp;
afterEach(() => it.close());

const failures = ({ events }: RunOutcome) =>
  events.flatMap((event: BackfillEvent) => (event.type === 'failed' ? event.error : []));
const download: FaultMatch = { endpoint: 'download', ids: [idOf(2)] };

/** Three posts, of which the one in the middle meets the fault. */
async function meet(fault: Fault, posts = images(3)): Promise<RunOutcome> {
  it = await testApp({ posts, faults: [fault] });
  return it.run();
}

describe('what passes by itself is tried again', () => {
  test.each<Fault>([
    { kind: 'status', status: 500, times: 2 },
    { kind: 'status', status: 503, retryAfter: 7, times: 1 },
    { kind: 'status', status: 429, times: 1 },
    { kind: 'reset', times: 1 },
    { kind: 'reset', afterBytes: 200, times: 1 },
    { kind: 'short-body', times: 1 },
    { kind: 'short-body-without-length', mode: 'close', times: 1 },
    { kind: 'short-body-without-length', mode: 'chunked', times: 1 },
    { kind: 'expired', times: 1 },
    { kind: 'expired', status: 410, times: 1 },
    { kind: 'status', status: 404, times: 1 },
    { kind: 'redirect', times: 1 },
  ])('$kind $status', async (fault) => {
    const outcome = await meet({ ...fault, match: download });
    expect(failures(outcome)).toEqual([]);
    expect(outcome.report.downloaded).toBe(3);
    const expected = it.sandbox.expectedItems().find(({ id }) => id === idOf(2));
    const bytes = await readFile(`${it.config.mediaDir}/instagram_backfill/20260102_120000_${idOf(2)}.jpg`);
    expect(bytes.length).toBe(expected?.size);
  });

  test('a body without an announced length is kept when it is whole', async () => {
    expect((await meet({ kind: 'without-length', match: download })).report.downloaded).toBe(3);
  });

  test('bytes beyond the announced length are not taken for the picture', async () => {
    const outcome = await meet({ kind: 'longer-than-announced', match: download });
    expect(outcome.report.downloaded).toBe(3);
    const bytes = await readFile(`${it.config.mediaDir}/instagram_backfill/20260102_120000_${idOf(2)}.jpg`);
    expect(bytes.length).toBe(it.sandbox.expectedItems().find(({ id }) => id === idOf(2))?.size);
  });
});

describe("one item's failure", () => {
  test.each<[Fault, new (...more: never[]) => BackfillError, string]>([
    [{ kind: 'expired' }, BackfillMediaExpiredError, 'expired'],
    [{ kind: 'status', status: 410 }, BackfillMediaExpiredError, 'HTTP 410'],
    [{ kind: 'status', status: 404 }, BackfillMediaNotFoundError, 'not found'],
    [{ kind: 'status', status: 500 }, BackfillError, 'HTTP 500'],
    [{ kind: 'status', status: 418 }, BackfillError, 'HTTP 418'],
    [{ kind: 'reset' }, BackfillError, 'Network error'],
    [{ kind: 'short-body' }, BackfillError, 'media_id'],
    [{ kind: 'short-body-without-length' }, BackfillMediaIncompleteError, 'ended early'],
    [{ kind: 'html' }, BackfillMediaTypeError, 'neither image nor video'],
    [{ kind: 'json' }, BackfillMediaTypeError, 'neither image nor video'],
    [{ kind: 'empty' }, BackfillMediaTypeError, 'empty'],
    [{ kind: 'wrong-type' }, BackfillMediaTypeError, 'calls it IMAGE'],
    [{ kind: 'redirect', to: 'http://example.com/x.jpg' }, BackfillError, 'not among MEDIA_DOWNLOAD_HOSTS'],
    [{ kind: 'redirect', to: 'http://127.0.0.1:9/x.jpg' }, BackfillError, 'not among MEDIA_DOWNLOAD_HOSTS'],
    [{ kind: 'redirect', to: 'file:///etc/passwd' }, BackfillError, 'scheme file: is not allowed'],
    [{ kind: 'redirect' }, BackfillError, 'redirect'],
  ])('of %j is told, and the run goes on', async (fault, type, words) => {
    const outcome = await meet({ ...fault, match: download });
    const [error, another] = failures(outcome);
    expect(error).toBeInstanceOf(type);
    expect(error?.message).toContain(words);
    expect(error?.message).toMatch(new RegExp(`\\(media_id: ${idOf(2)}\\)$`));
    expect(error?.message).not.toMatch(/oh=|oe=/);
    expect([another, outcome.stoppedBy, outcome.report.downloaded]).toEqual([undefined, undefined, 2]);
    expect((await it.files()).filter((name) => name.includes(idOf(2)) || name.endsWith('.part'))).toEqual([]);
  });

  test('is remembered with its reason, and forgotten when the item is kept', async () => {
    await meet({ kind: 'status', status: 404, match: download });
    await it.run();
    const failed = () =>
      it.app.db.query
        .selectFrom('instagram_items')
        .selectAll()
        .where('instagram_media_id', '=', idOf(2))
        .executeTakeFirstOrThrow();
    expect(await failed()).toMatchObject({
      failure_type: 'BackfillMediaNotFoundError',
      failure_count: 2,
      media_item_id: null,
    });
    it.sandbox.setFaults([]);
    await it.run();
    expect(await failed()).toMatchObject({
      failure: null,
      failure_count: 0,
      failed_at: null,
      media_item_id: expect.any(String),
    });
  });
});

describe('an address', () => {
  test.each([
    'file:///etc/passwd',
    'http://169.254.169.254/latest/meta-data',
    'https://example.com/x.jpg',
    'ftp://127.0.0.1/x',
    'not an address',
  ])('of %s is refused', async (media_url) => {
    it = await testApp({ posts: [image(2, { extra: { media_url } }), image(1)] });
    const outcome = await it.run();
    expect(failures(outcome)[0]?.message).toMatch(/^The media address was refused/);
    expect(outcome.report.downloaded).toBe(1);
  });
});

describe('the name of a file', () => {
  test.each([
    ['png', '.png'],
    ['webp', '.webp'],
    ['gif', '.gif'],
    ['heic', '.heic'],
  ] as const)('follows its content: %s', async (type, extension) => {
    it = await testApp({ posts: [image(1, { media: { type } })] });
    await it.run();
    expect(await it.files()).toEqual([`20260101_120000_${idOf(1)}${extension}`]);
  });

  test('a QuickTime film ends in .mov', async () => {
    it = await testApp({ posts: [video(1, { media: { type: 'mov', seconds: 1, width: 64, height: 64 } })] });
    await it.run();
    expect(await it.files()).toEqual([`20260101_120000_${idOf(1)}.mov`]);
  });
});

test('a file larger than its share of memory goes to disk piece by piece, and is whole', async () => {
  const bytes = 70 * 1024 * 1024;
  it = await testApp({ posts: [video(1, { media: { bytes } })] });
  expect((await it.run()).report).toMatchObject({ downloaded: 1, bytes });
  const [row] = await it.app.db.query.selectFrom('media_items').select(['file_hash', 'file_size']).execute();
  expect(row).toEqual({ file_hash: it.sandbox.expectedItems()[0]?.sha256, file_size: bytes });
});

describe('a name that leads to this machine', () => {
  test('costs its items one try each and no call; the run says once what to do', async () => {
    const lines: string[] = [];
    const at = (day: number) => image(day, { extra: { media_url: `https://localhost/${day}.jpg` } });
    it = await testApp({ posts: [at(3), at(2), image(1)], environment: {}, log: (line) => lines.push(line) });
    const { stdout, stderr, exitCode } = await it.type(['backfill-instagram', '--json'], undefined, {
      environment: { MEDIA_DOWNLOAD_HOSTS: `${it.sandbox.mediaHost},localhost`, LOG_LEVEL: 'debug' },
    });
    const { result } = JSON.parse(stdout);
    expect([exitCode, result.downloaded, result.failed, result.api_calls]).toEqual([3, 1, 2, 2]);
    expect(result.error_details[0]).toMatch(
      /^The media host localhost resolves to (127\.0\.0\.1|::1), which is not a public address\. .*never allowed/,
    );
    expect(stderr.match(/localhost resolves to/g)).toHaveLength(1);
    expect(stderr).not.toMatch(/retrying the download/);
  });
});
