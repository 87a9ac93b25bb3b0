import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApiHost } from './api-host.ts';
import { createCdn } from './cdn.ts';
import { createCdnHost } from './cdn-host.ts';
import type { ExpectedItem, RequestNote, Sandbox, SandboxOptions } from './contract.ts';
import { contentOf, deliver } from './deliver.ts';
import { createStrikes } from './faults.ts';
import { demoPosts, demoStories } from './feed.ts';
import { createHoldings } from './holdings.ts';
import { createMediaFiles } from './media-file.ts';
import { isVideo, itemsOf, mediaOf, type SandboxAccount, type SandboxPost } from './post.ts';
import { createTokens } from './tokens.ts';

export type { Sandbox, SandboxOptions } from './contract.ts';
export type { Fault, FaultMatch, Flavour } from './faults.ts';
export type { MediaType, SandboxMedia, SandboxPost } from './post.ts';

const SANDBOX_ACCOUNT: SandboxAccount = {
  id: '17841400000000001',
  appScopedId: '7000000000000001',
  username: 'studio.example',
  name: 'Studio Example',
};

/** Starts the stand-in: a real HTTP server that plays both Graph hosts and the CDN, with all it takes in memory. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { now = () => new Date(), account = SANDBOX_ACCOUNT, host = '127.0.0.1' } = options;
  const requests: RequestNote[] = [];
  let strikes = createStrikes(options.faults ?? []);
  let origin = '';

  const holdings = createHoldings({
    posts: options.posts ?? demoPosts(),
    stories: options.stories ?? demoStories,
    collaborations: options.collaborations ?? [],
    mediaCount: options.mediaCount,
    now,
  });
  const tokens = createTokens(account, now);
  const cdn = createCdn({ key: `key of ${account.id}`, now, lifeSeconds: options.urlLifeSeconds });
  const files = createMediaFiles();
  const shared = { strikes: () => strikes, now, origin: () => origin };
  const api = createApiHost({ ...shared, account, holdings, tokens, cdn, options });
  const media = createCdnHost({ ...shared, cdn, files, bytesPerSecond: options.mediaBytesPerSecond });

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://sandbox.invalid');
    const isMedia = url.pathname.startsWith('/cdn/');
    const note: RequestNote = {
      at: now(),
      kind: isMedia ? 'media' : 'graph',
      method: request.method ?? 'GET',
      path: url.pathname,
      query: Object.fromEntries([...url.searchParams].filter(([name]) => name !== 'access_token')),
      authorization: request.headers.authorization !== undefined,
      ...(request.headers.range !== undefined && { range: request.headers.range }),
      status: 0,
    };
    requests.push(note);
    const latency = isMedia ? options.mediaLatencyMs : options.apiLatencyMs;
    if (latency) await sleep(latency);
    await (isMedia ? media : api)(request, response, url, note);
  };

  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    response.on('error', () => response.destroy());
    answer(request, response).catch(async (error: unknown) => {
      if (response.headersSent) response.destroy();
      else await deliver(response, contentOf(500, 'text/plain', `The sandbox itself failed: ${error}`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  origin = `http://${host}:${(server.address() as AddressInfo).port}`;

  const expected = (posts: readonly SandboxPost[]): ExpectedItem[] =>
    posts.flatMap((post) =>
      itemsOf(post).flatMap((item) => {
        const file = files(mediaOf(item));
        if (item.withoutMediaUrl || !file.extension) return [];
        const { extension } = file;
        return {
          id: item.id,
          postId: post.id,
          kind: isVideo(item) ? 'video' : 'image',
          extension,
          get size() {
            return file.size;
          },
          get sha256() {
            return file.sha256;
          },
        };
      }),
    );

  return {
    url: origin,
    facebookBaseUrl: `${origin}/graph.facebook.com`,
    instagramBaseUrl: `${origin}/graph.instagram.com`,
    mediaHost: origin,
    account,
    tokens: { facebook: tokens.facebook, instagram: tokens.instagram },
    publish: holdings.publish,
    remove: holdings.remove,
    setFaults: (faults) => {
      strikes = createStrikes(faults);
    },
    revokeToken: tokens.revoke,
    restoreToken: tokens.restore,
    requests,
    graphCalls: () => requests.filter(({ kind }) => kind === 'graph').length,
    mediaCalls: () => requests.filter(({ kind }) => kind === 'media').length,
    resetRequests: () => {
      requests.length = 0;
    },
    expectedItems: () => expected(holdings.feed()),
    expectedStories: () => expected(holdings.stories()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
