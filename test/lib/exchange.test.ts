import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Agent, type Answer, ExchangeError, type ExchangeLimits, exchange, reason } from '../../src/lib/exchange.ts';

const LIMITS: ExchangeLimits = { silence: 150, deadline: 600, atMost: 64 * 1024 };

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A server that does what it is told with each connection, and tells how many are open. */
async function serve(answer: (socket: Socket, request: string) => void) {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let request = '';
    socket.on('data', (bytes) => {
      request += bytes.toString('latin1');
      answer(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dispatcher = new Agent();
  opened.push({
    close: async () => {
      await dispatcher.destroy();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const ask = (limits: Partial<ExchangeLimits> = {}, more: Partial<Parameters<typeof exchange>[1]> = {}) =>
    exchange(url, {
      dispatcher,
      signal: new AbortController().signal,
      headers: {},
      limits: { ...LIMITS, ...limits },
      ...more,
    });
  return { ask, sockets };
}

/** Sends one byte at a time until the other side leaves. */
const drip = (head: string) => (socket: Socket) => {
  socket.write(head);
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write('x')), 20);
  socket.on('close', () => clearInterval(timer));
};

const head = (status: number, headers = '') => `HTTP/1.1 ${status} X\r\n${headers}\r\n`;
const given = async (work: Promise<Answer>) => (await work).text();
const closed = (sockets: ReadonlySet<Socket>) => expect.poll(() => sockets.size).toBe(0);

describe('an answer that does not come to its end by itself is given up', () => {
  const STATUSES = [200, 302, 400, 403, 404, 429, 500, 503];
  test.each(STATUSES)('a body that drips, HTTP %i', async (status) => {
    const { ask, sockets } = await serve(drip(head(status, 'content-length: 1000\r\nlocation: /\r\n')));
    // Too slow or not in time: whichever limit comes first.
    await assert.rejects(given(ask()), (error) => /^(timed out|the response was too slow)$/.test(reason(error)));
    await closed(sockets);
  });

  test('a body that drips, where only its size limits the time', async () => {
    const { ask, sockets } = await serve(drip(head(200, 'content-length: 100000000\r\n')));
    await assert.rejects(given(ask({ deadline: undefined, atMost: 1e9 })), { code: 'TOO_SLOW' });
    await closed(sockets);
  });

  test('a body that drips after much that came at once', async () => {
    const { ask } = await serve((socket) => {
      drip(`${head(200, 'content-length: 100000000\r\n')}${'x'.repeat(4_000_000)}`)(socket);
    });
    await assert.rejects(given(ask({ deadline: undefined, atMost: 1e9 })), { code: 'TOO_SLOW' });
  });

  test('silence before the answer, within its headers, and within its body', async () => {
    for (const said of ['', 'HTTP/1.1 200 OK\r\ncontent-', head(200, 'content-length: 10\r\n')]) {
      const { ask } = await serve((socket) => socket.write(said));
      const words = /^(no response in time( \(UND_ERR_HEADERS_TIMEOUT\))?|the response stopped half-way)$/;
      await assert.rejects(given(ask({ deadline: undefined })), (error) => words.test(reason(error)));
    }
  });

  test('headers that drip', async () => {
    const { ask } = await serve(drip('HTTP/1.1 200 OK\r\nx: '));
    await assert.rejects(given(ask()), (error) => /no response in time|timed out/.test(reason(error)));
  });

  test('interim answers without end', async () => {
    const { ask } = await serve((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 10);
      socket.on('close', () => clearInterval(timer));
    });
    await assert.rejects(given(ask()), (error) => /no response in time|timed out/.test(reason(error)));
  });

  test('headers that are too large', async () => {
    const { ask } = await serve((socket) => socket.write(head(200, `x: ${'x'.repeat(1_000_000)}\r\n`)));
    await assert.rejects(given(ask()), (error) => /^the response is too large/.test(reason(error)));
  });

  test('a body that is too large, announced or not', async () => {
    for (const headers of ['content-length: 70000\r\n', 'connection: close\r\n']) {
      const { ask, sockets } = await serve((socket) => socket.write(head(200, headers) + 'x'.repeat(70_000)));
      await assert.rejects(given(ask()), { code: 'TOO_LARGE' });
      await closed(sockets);
    }
  });

  test('a body of the request that nobody takes', async () => {
    const { ask } = await serve((socket) => socket.pause());
    const body = Buffer.alloc(64 * 1024 * 1024);
    await assert.rejects(given(ask({ deadline: undefined, uploadWithin: 300 }, { method: 'PUT', body })), {
      code: 'NO_ANSWER',
    });
  });

  test('a connection that is not made', async () => {
    const { ask } = await serve(() => undefined);
    // Whatever the agent does, the time limit is ours.
    const never = { dispatch: () => true } as unknown as Agent;
    await assert.rejects(given(ask({}, { dispatcher: never })), { code: 'NO_ANSWER' });
  });
});

describe('what nobody wants to read', () => {
  test.each([200, 302, 404, 500])('is cut, not read to its end: HTTP %i', async (status) => {
    const { ask, sockets } = await serve(drip(head(status, 'content-length: 1000\r\n')));
    (await ask({ silence: 60_000, deadline: 60_000 })).discard();
    await closed(sockets);
  });

  test('is cut where a reader leaves early', async () => {
    const { ask, sockets } = await serve(drip(head(200, 'content-length: 1000\r\n')));
    for await (const piece of (await ask({ silence: 60_000, deadline: 60_000 })).body) {
      assert.ok(piece.length > 0);
      break;
    }
    await closed(sockets);
  });

  test('is cut where the asker is aborted, with the reason given', async () => {
    const { ask, sockets } = await serve(drip(head(200, 'content-length: 1000\r\n')));
    const abort = new AbortController();
    const { body } = await ask({ silence: 60_000, deadline: 60_000 }, { signal: abort.signal });
    const why = new Error('enough');
    await assert.rejects(
      async () => {
        for await (const _ of body) abort.abort(why);
      },
      (error) => error === why,
    );
    await closed(sockets);
  });
});

describe('an answer that is fine', () => {
  async function serveWhole(): Promise<{ server: Server; url: URL }> {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.end(`${request.method} fine`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push({ close: () => new Promise((resolve) => server.close(resolve)) });
    return { server, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`) };
  }

  test('is read, and a reader that takes its time is not held against the server', async () => {
    const { ask } = await serve((socket) =>
      socket.end(`${head(200, 'content-length: 50000\r\n')}${'x'.repeat(50_000)}`),
    );
    let size = 0;
    for await (const piece of (await ask({ silence: 2000, deadline: undefined })).body) {
      await new Promise((resolve) => setTimeout(resolve, 2500));
      size += piece.length;
    }
    assert.equal(size, 50_000);
  });

  test('leaves no listener and no timer behind, however it ends', async () => {
    const { url } = await serveWhole();
    const dispatcher = new Agent({ connections: 4 });
    const { signal } = new AbortController();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const ask = () =>
      exchange(url, {
        dispatcher,
        signal,
        headers: {},
        limits: { silence: 600_000, deadline: 600_000, atMost: 1000 },
      });
    await (await ask()).text();
    const before = timers();
    for (let round = 0; round < 500; round += 1) {
      assert.equal(await (await ask()).text(), 'GET fine');
      for await (const _ of (await ask()).body) break;
      (await ask()).discard();
    }
    await expect.poll(() => getEventListeners(signal, 'abort').length).toBe(0);
    await expect.poll(() => timers() <= before + 8).toBe(true);
    await dispatcher.destroy();
    await assert.rejects(ask());
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});

test('an error of an exchange is one of its own type', () => {
  assert.equal(reason(new ExchangeError('TOO_SLOW', 'the response was too slow')), 'the response was too slow');
});
