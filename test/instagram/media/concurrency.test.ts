import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { detectContent } from '../../../src/files/content/detect.ts';
import type { Finished } from '../../../src/instagram/media/adaptive-concurrency.ts';
import { createDownloader } from '../../../src/instagram/media/download.ts';
import { createMediaHosts } from '../../../src/instagram/media/media-hosts.ts';
import { createMediaOpener } from '../../../src/instagram/media/open-media.ts';
import type { Item } from '../../../src/media/item.ts';
import { mediaUrl } from '../../../src/media/media-url.ts';

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]);

let server: Server;
afterEach(() => void server.close());

/** Downloads a picture from a server that answers its requests in this order; says what was told of them. */
async function told(...answers: readonly RequestListener[]) {
  const left = [...answers];
  server = createServer((request, response) => left.shift()?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const dispatcher = new Agent();
  const heard: ('refused' | Finished)[] = [];
  const item: Item = {
    id: '1',
    postId: '1',
    position: 1,
    kind: 'image',
    mediaType: 'IMAGE',
    url: mediaUrl(`${origin}/picture`),
  };
  const downloader = createDownloader({
    links: { latest: () => ({}), renew: async () => ({}) },
    openMedia: createMediaOpener({ hosts: createMediaHosts([origin]), dispatcher, timeout: 5000 }),
    concurrency: { finished: (download) => void heard.push(download), refused: () => void heard.push('refused') },
    receive: async (chunks) => {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      const bytes = Buffer.concat(parts);
      const type = detectContent(bytes);
      if (!type) throw new Error('no picture');
      return { type, size: bytes.length, hash: '', place: async (stem) => ({ key: stem }), discard: async () => {} };
    },
    now: () => new Date(),
    sleep: async () => {},
    log: { error() {}, warn() {}, info() {}, debug() {} },
  });
  await downloader.download(item, new AbortController().signal);
  await dispatcher.destroy();
  return heard;
}

const whole: RequestListener = (_, response) => void response.end(JPEG);
const cut: RequestListener = (request) => void request.socket.destroy();
const status =
  (code: number): RequestListener =>
  (_, response) =>
    void response.writeHead(code).end();

test('of a download that arrives it is told how long it was waited for, how long it took, and its size', async () => {
  const finished = { waited: expect.any(Number), took: expect.any(Number), bytes: JPEG.length };
  expect(await told(whole)).toEqual([finished]);
});

test.each([
  ['429', status(429), 1],
  ['503', status(503), 1],
  ['a cut connection', cut, 1],
  ['any other error of the server', status(500), 0],
])('%s counts as a refusal or not', async (_, answer, refusals) => {
  const heard = await told(answer, whole);
  expect(heard.filter((one) => one === 'refused')).toHaveLength(refusals);
  expect(heard).toHaveLength(refusals + 1);
});
