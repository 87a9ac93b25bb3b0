import { Client, PageOption } from 'instagram-graph-api';
import { afterEach, expect, test } from 'vitest';
import { demoPosts } from '../../src/sandbox/demo/demo-feed.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { useSandboxes } from './support.ts';

const sandboxed = useSandboxes();
const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

/** A client of somebody else, which knows nothing of the sandbox: what it sends to Meta arrives here. */
function clientOf(sandbox: Sandbox, token = sandbox.tokens.facebook): Client {
  globalThis.fetch = (input, init) => {
    const { url, method } = new Request(input, init);
    return realFetch(url.replace('https://graph.facebook.com', sandbox.facebookBaseUrl), { method });
  };
  return new Client(token, sandbox.account.id);
}

test('an outside client walks the whole feed by its cursors', async () => {
  const client = clientOf(await sandboxed());
  const ids: string[] = [];
  const types: unknown[] = [];
  for (let after: string | undefined, more = true; more; ) {
    const request = client.newGetPageMediaRequest().withLimit(10);
    const page = await (after ? request.withPaging({ option: PageOption.AFTER, value: after }) : request).execute();
    ids.push(...page.getIds());
    types.push(...page.getMediaTypes());
    after = page.getPaging().getAfter();
    more = page.getPaging().getNext() !== undefined;
  }
  const posts = demoPosts();
  expect([...ids].sort()).toEqual(posts.map(({ id }) => id).sort());
  expect(new Set(ids).size).toBe(posts.length);
  expect(new Set(types)).toEqual(new Set(['IMAGE', 'VIDEO', 'CAROUSEL_ALBUM']));
});

test('an outside client reads the account, its stories, an album and its children', async () => {
  const sandbox = await sandboxed();
  const client = clientOf(sandbox);
  const account = await client.newGetPageInfoRequest().execute();
  expect([account.getUsername(), account.getMediaCount()]).toEqual([sandbox.account.username, demoPosts().length]);
  const stories = await client.newGetPageStoriesRequest().execute();
  expect(stories.getIds()).toEqual(sandbox.expectedStories().map(({ id }) => id));

  const album = demoPosts().find(({ children }) => children?.length === 20);
  const info = await client.newGetMediaInfoRequest(album?.id ?? '').execute();
  expect([info.getMediaType(), info.getCaption()]).toEqual(['CAROUSEL_ALBUM', album?.caption]);
  expect(info.getTimestamp()).toEqual(new Date(album?.timestamp ?? ''));
  const children = await client.newGetMediaChildrenRequest(album?.id ?? '').execute();
  expect(children.getIds()).toEqual(album?.children?.map(({ id }) => id));
  const file = await realFetch(info.getMediaUrl() ?? '');
  expect([file.status, file.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
});
