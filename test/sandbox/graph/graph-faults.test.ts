import { describe, expect, test } from 'vitest';
import { generatePosts } from '../../../src/sandbox/generate-posts.ts';
import type { Fault, Sandbox } from '../../../src/sandbox/server.ts';
import { ask, failureOf, mediaPath, useSandboxes, walk } from '../support.ts';

const sandboxed = useSandboxes();
const posts = generatePosts({ count: 40, childrenPerAlbum: 3, videoShare: 0.3 });
const ids = posts.map(({ id }) => id);

describe('the Graph API', () => {
  const faulty = (fault: Fault, options = {}) => sandboxed({ posts, faults: [fault], ...options });
  const first = async (sandbox: Sandbox, query?: string) => ask(sandbox, mediaPath(sandbox, query));

  test('an error as told', async () => {
    const sandbox = await faulty({
      kind: 'error',
      code: 10,
      status: 403,
      subcode: 5,
      message: '(#10) No',
      isTransient: false,
    });
    const { status, body } = await first(sandbox);
    expect({ status, ...body.error }).toMatchObject({
      status: 403,
      code: 10,
      error_subcode: 5,
      message: '(#10) No',
      is_transient: false,
    });
  });

  test('a rate limit tells when it ends, and ends then', async () => {
    let time = Date.parse('2026-05-01T00:00:00Z');
    const sandbox = await faulty(
      { kind: 'rate-limit', clearsAfterMs: 600_000, match: { nth: 2 } },
      { now: () => new Date(time) },
    );
    expect((await first(sandbox)).status).toBe(200);
    const { status, body, headers } = await first(sandbox);
    expect([status, body.error.code]).toEqual([400, 80002]);
    expect(headers.get('x-business-use-case-usage')).toContain('"estimated_time_to_regain_access":10');
    time += 599_000;
    expect((await first(sandbox)).status).toBe(400);
    time += 1_000;
    expect((await first(sandbox)).status).toBe(200);
  });

  test.each([
    [4, 403],
    [17, 400],
    [32, 400],
    [613, 400],
  ] as const)('rate limit %i', async (code, status) => {
    const sandbox = await faulty({ kind: 'rate-limit', code });
    const answer = await first(sandbox);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  test('a token revoked in the middle stays so', async () => {
    const sandbox = await faulty({ kind: 'token-revoked', subcode: 463, match: { from: 2 } });
    expect((await first(sandbox)).status).toBe(200);
    expect((await first(sandbox)).body.error).toMatchObject({ code: 190, error_subcode: 463 });
    sandbox.setFaults([]);
    expect((await first(sandbox)).body.error.code).toBe(190);
  });

  test('pages that are too much are refused until they are smaller', async () => {
    const sandbox = await faulty({ kind: 'reduce-data', maxLimit: 10 });
    const { status, body } = await first(sandbox, 'limit=11');
    expect([status, body.error.code]).toEqual([500, 1]);
    expect(body.error.message).toMatch(/^Please reduce the amount of data/);
    expect((await first(sandbox, 'limit=10')).body.data).toHaveLength(10);
  });

  test('an answer that is no JSON, or of another shape', async () => {
    const sandbox = await faulty({ kind: 'not-json' });
    await expect(first(sandbox)).rejects.toThrow(SyntaxError);
    sandbox.setFaults([{ kind: 'wrong-shape', body: { data: 'soon' } }]);
    expect((await first(sandbox)).body).toEqual({ data: 'soon' });
  });

  test('usage as told', async () => {
    const sandbox = await faulty({ kind: 'usage', percent: 97, header: 'app' });
    const { headers } = await first(sandbox);
    expect(headers.get('x-app-usage')).toContain('"call_count":97');
    expect(headers.has('x-business-use-case-usage')).toBe(false);
  });

  test.each([{ kind: 'empty-page' }, { kind: 'short-page', size: 3 }] as const)(
    '$kind: the walk loses nothing',
    async (fault) => {
      const sandbox = await faulty({ ...fault, match: { nth: [1, 3] } });
      const { body } = await first(sandbox, 'limit=10');
      expect(body.data.length).toBeLessThan(10);
      expect(body.paging.next).toBeDefined();
      sandbox.setFaults([{ ...fault, match: { nth: [1, 3] } }]);
      expect((await walk(sandbox, 'limit=10')).map(({ id }) => id)).toEqual(ids);
    },
  );

  test('shifted pages bring posts twice, and every one of them', async () => {
    const sandbox = await faulty({ kind: 'shifted-page', overlap: 2 });
    const seen = (await walk(sandbox, 'limit=10')).map(({ id }) => id);
    expect(seen.length).toBeGreaterThan(ids.length);
    expect([...new Set(seen)]).toEqual(ids);
  });

  test('a cursor dies, or loops', async () => {
    const sandbox = await faulty({ kind: 'cursor-dies' });
    const { body } = await first(sandbox, 'limit=10');
    const second = `limit=10&after=${body.paging.cursors.after}`;
    expect((await first(sandbox, second)).body.error.code).toBe(2642);
    sandbox.setFaults([{ kind: 'cursor-loops' }]);
    const { body: looping } = await first(sandbox, second);
    expect(new URL(looping.paging.next).searchParams.get('after')).toBe(body.paging.cursors.after);
  });

  test('raw fields lie over the nodes that are meant', async () => {
    const fields = { id: '../../etc', timestamp: 'yesterday' };
    const sandbox = await faulty({ kind: 'raw-fields', fields, match: { ids: [ids[2] ?? ''] } });
    const nodes = await walk(sandbox, 'limit=100');
    expect(nodes.filter(({ timestamp }) => timestamp === 'yesterday')).toEqual([expect.objectContaining(fields)]);
  });

  test('faults of the wire strike here too', async () => {
    const sandbox = await faulty({ kind: 'reset', match: { endpoint: 'media-edge' } });
    expect(await failureOf(first(sandbox))).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
    sandbox.setFaults([{ kind: 'status', status: 502, match: { endpoint: 'media-edge' }, body: '{}' }]);
    expect((await first(sandbox)).status).toBe(502);
  });

  test('stories and albums have faults of their own', async () => {
    const sandbox = await faulty({
      kind: 'error',
      code: 10,
      status: 403,
      match: { endpoint: ['stories', 'children'] },
    });
    expect((await first(sandbox)).status).toBe(200);
    expect((await ask(sandbox, `/${sandbox.account.id}/stories`)).status).toBe(403);
    const album = posts.find(({ children }) => children);
    expect((await ask(sandbox, `/${album?.id}/children`)).status).toBe(403);
  });
});
