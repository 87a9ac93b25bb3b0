import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/sandbox/server.ts';
import { failureOf, load, useSandboxes, walk } from '../support.ts';

const sandboxed = useSandboxes();
const image = { id: '17900000000000001', mediaType: 'IMAGE', media: { width: 320, height: 320 } } as const;
const video = { id: '17900000000000002', mediaType: 'VIDEO', media: { type: 'mp4', width: 96, height: 160 } } as const;

describe('downloads', () => {
  const faulty = async (fault: Fault) => {
    const sandbox = await sandboxed({
      posts: [image, video],
      faults: [{ ...fault, match: { endpoint: 'download', ...fault.match } }],
    });
    const [first, second] = await walk(sandbox);
    const [size = 0, videoSize = 0] = sandbox.expectedItems().map((item) => item.size);
    return { sandbox, url: first.media_url as string, videoUrl: second.media_url as string, size, videoSize };
  };

  test.each([403, 404, 410, 429, 500, 503])('status %i, with a time to come back', async (status) => {
    const { url } = await faulty({ kind: 'status', status, retryAfter: 7 });
    const answer = await load(url);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, '7']);
  });

  test('an expired URL stays dead, and a new one works', async () => {
    const { sandbox, url } = await faulty({ kind: 'expired', times: 1 });
    for (let i = 0; i < 2; i++) {
      const { status, bytes } = await load(url);
      expect([status, bytes.toString()]).toEqual([403, 'URL signature expired']);
    }
    const [fresh] = await walk(sandbox);
    expect((await load(fresh.media_url)).status).toBe(200);
  });

  test('a short body ends before what was announced', async () => {
    const { url } = await faulty({ kind: 'short-body' });
    expect(await failureOf(load(url))).toBe('UND_ERR_SOCKET');
  });

  test.each(['chunked', 'close'] as const)('a short body without a length (%s) looks whole', async (mode) => {
    const { url, size } = await faulty({ kind: 'short-body-without-length', mode, share: 0.25 });
    const { status, headers, bytes } = await load(url);
    expect([status, headers.get('content-length'), bytes.length]).toEqual([200, null, Math.floor(size / 4)]);
  });

  test.each(['chunked', 'close'] as const)('a whole body without a length (%s)', async (mode) => {
    const { url, size } = await faulty({ kind: 'without-length', mode });
    const { headers, bytes } = await load(url);
    expect([headers.get('content-length'), headers.get('transfer-encoding'), bytes.length]).toEqual([
      null,
      mode === 'chunked' ? 'chunked' : null,
      size,
    ]);
  });

  test('a body longer than announced breaks the connection that it came on', async () => {
    const { url, size } = await faulty({ kind: 'longer-than-announced', extra: 100, times: 1 });
    await load(url).then(
      ({ bytes }) => expect(bytes.length).toBe(size),
      (error: Error) => expect(error.message).toMatch(/terminated|fetch failed/),
    );
    expect((await load(url)).bytes.length).toBe(size);
  });

  test('a stalled body comes to no end, and the sandbox can be closed all the same', async () => {
    const { sandbox, url } = await faulty({ kind: 'stalled', afterBytes: 100 });
    const response = await fetch(url);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBe(100);
    const next = failureOf(reader?.read() ?? Promise.resolve());
    await sandbox.close();
    expect(await next).not.toBe('none');
  });

  test('a stall before the status line leaves the request without an answer', async () => {
    const { sandbox, url } = await faulty({ kind: 'stalled' });
    expect(await failureOf(fetch(url, { signal: AbortSignal.timeout(50) }))).toContain('timeout');
    expect(sandbox.requests.at(-1)?.status).toBe(0);
  });

  test('a drip brings everything, in drops', async () => {
    const { url, size } = await faulty({ kind: 'drip', bytes: 1_000, everyMs: 1 });
    expect((await load(url)).bytes.length).toBe(size);
  });

  test.each([{ afterBytes: 50 }, {}])('a connection is reset %o', async (where) => {
    const { url } = await faulty({ kind: 'reset', ...where });
    expect(await failureOf(load(url))).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
  });

  test.each([
    ['html', /^<!doctype html>/],
    ['json', /^\{"message"/],
    ['empty', /^$/],
  ] as const)('200 with %s in place of the file', async (kind, start) => {
    const { url } = await faulty({ kind });
    const { status, bytes } = await load(url);
    expect(status).toBe(200);
    expect(bytes.toString()).toMatch(start);
  });

  test("a picture's name over a video's bytes, and the reverse", async () => {
    const { url, videoUrl } = await faulty({ kind: 'wrong-type' });
    const [picture, clip] = [await load(url), await load(videoUrl)];
    expect([picture.headers.get('content-type'), picture.bytes.toString('latin1', 4, 8)]).toEqual([
      'image/jpeg',
      'ftyp',
    ]);
    expect([clip.headers.get('content-type'), clip.bytes.toString('hex', 0, 2)]).toEqual(['video/mp4', 'ffd8']);
  });

  test('a redirect leads to the given address, or once back to the same URL', async () => {
    const away = await faulty({ kind: 'redirect', to: 'http://169.254.169.254/latest' });
    const { status, headers } = await load(away.url, { redirect: 'manual' });
    expect([status, headers.get('location')]).toEqual([302, 'http://169.254.169.254/latest']);
    const back = await faulty({ kind: 'redirect', times: 1 });
    expect((await load(back.url)).bytes.length).toBe(back.size);
  });

  test('a huge file is announced as such', async () => {
    const { videoUrl } = await faulty({ kind: 'huge', bytes: 6 * 2 ** 30 });
    const { headers } = await load(videoUrl, { method: 'HEAD' });
    expect(headers.get('content-length')).toBe(String(6 * 2 ** 30));
  });

  test('a Content-Type that is not the file', async () => {
    const { url } = await faulty({ kind: 'content-type', contentType: 'application/octet-stream' });
    expect((await load(url)).headers.get('content-type')).toBe('application/octet-stream');
  });
});
