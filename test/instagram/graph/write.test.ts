import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { InstagramApiError, RateLimitError, TokenExpiredError, UnknownOutcomeError } from '../../../src/errors.ts';
import { withGraph } from '../../../src/instagram/graph/client.ts';
import { createMetaClock } from '../../../src/instagram/graph/meta-clock.ts';
import { createLog } from '../../../src/lib/log.ts';

const TOKEN = `EAA${'x'.repeat(40)}`;
const FORM = { image_url: 'https://example.com/a b.jpg', caption: 'Grüße & "mehr"' };
const signal = new AbortController().signal;

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let close = async () => {};
afterEach(() => close());

/** A server that reads each request completely, notes it, and then answers. */
async function serve(answer: (response: ServerResponse) => void) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { received, post: () => postTo(baseUrl) };
}

const postTo = (baseUrl: string) =>
  withGraph(
    { flavour: 'facebook', value: TOKEN },
    {
      baseUrls: { facebook: baseUrl, instagram: baseUrl },
      version: 'v25.0',
      timeout: 200,
      metaClock: createMetaClock(() => new Date()),
      sleep: async () => undefined,
      log: createLog('silent', () => undefined),
    },
    (graph) => graph.write({ method: 'POST', path: '17841400000000001/media', form: FORM }, signal),
  );

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.fail('the write did not fail'),
    (error: unknown) => error,
  );

test('a write is sent as a form, with the token only in its header', async () => {
  const { received, post } = await serve(json(200, { id: '17900000000000001' }));
  expect(await post()).toEqual({ id: '17900000000000001' });
  expect(received).toMatchObject([
    {
      method: 'POST',
      url: '/v25.0/17841400000000001/media',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-www-form-urlencoded' },
    },
  ]);
  expect(Object.fromEntries(new URLSearchParams(received[0]?.body))).toEqual(FORM);
});

describe('a write whose response is lost has an unknown outcome and is not repeated', () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ['the connection is lost', (response) => response.destroy()],
    ['no response', () => undefined],
    ['half a response', (response) => response.writeHead(200, { 'content-length': 100 }).write('{"id":')],
    ['not JSON', (response) => response.end('<html>')],
    ['HTTP 502 without an explanation', (response) => response.writeHead(502).end()],
    ['an error that Meta calls transient', json(500, { error: { message: 'An unknown error occurred', code: 2 } })],
  ])('%s', async (_, answer) => {
    const { received, post } = await serve(answer);
    const error = await errorOf(post());
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    expect(error).toMatchObject({ isTransient: false, hint: expect.stringContaining('check') });
    expect(String(error)).not.toContain(TOKEN);
    expect(received).toHaveLength(1);
  });
});

describe('a write that was certainly not carried out says so', () => {
  test.each([
    ['an invalid parameter', json(400, { error: { message: 'Bad ratio', code: 36003 } }), InstagramApiError],
    ['a rejected token', json(400, { error: { message: 'Expired', code: 190 } }), TokenExpiredError],
    ['a rate limit', json(403, { error: { message: 'Too many', code: 4 } }), RateLimitError],
    ['HTTP 429', (response: ServerResponse) => response.writeHead(429).end(), InstagramApiError],
  ])('%s', async (_, answer, type) => {
    const { received, post } = await serve(answer);
    const error = await errorOf(post());
    expect(error).toBeInstanceOf(type);
    expect(error).not.toBeInstanceOf(UnknownOutcomeError);
    expect(received).toHaveLength(1);
  });

  test('no connection', async () => {
    const error = await errorOf(postTo('http://127.0.0.1:9'));
    expect(error).toBeInstanceOf(InstagramApiError);
    expect(error).not.toBeInstanceOf(UnknownOutcomeError);
    expect(error).toMatchObject({ message: expect.stringContaining('connection refused') });
  });
});
