import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCdnHost } from './cdn/cdn-host.ts';
import { createSignedUrls } from './cdn/signed-urls.ts';
import type { ExpectedItem, LogEntry, Sandbox, SandboxOptions, TokenWish } from './contract.ts';
import { demoPosts, demoStories } from './demo/demo-feed.ts';
import { createFaultPlan } from './faults.ts';
import { createAccountMedia } from './graph/account-media.ts';
import { createApiHost } from './graph/api-host.ts';
import { createProfiles } from './graph/profiles.ts';
import { createMediaFiles } from './media/media-files.ts';
import { appsOf } from './oauth/apps.ts';
import { createOAuthCodes } from './oauth/authorization-codes.ts';
import { createOAuthPages } from './oauth/authorize-pages.ts';
import { createIssuedTokens, FIRST_PAGE_ID, SIXTY_DAYS, SYSTEM_USER_ID, USER_ID } from './oauth/issued-tokens.ts';
import { USUAL_SCOPES } from './oauth/scopes.ts';
import { createTokenEndpoints } from './oauth/token-endpoints.ts';
import { isVideo, itemsOf, mediaOf, type SandboxAccount, type SandboxPost } from './post.ts';
import { contentOf, send } from './send-response.ts';

export type { Sandbox, SandboxOptions } from './contract.ts';
export type { Fault, FaultMatch, Flavour } from './faults.ts';
export type { MediaType, SandboxMedia, SandboxPost } from './post.ts';

const SANDBOX_ACCOUNT: SandboxAccount = {
  id: '17841400000000001',
  appScopedId: '7000000000000001',
  username: 'studio.example',
  name: 'Studio Example',
};

/** What the log of requests leaves out. */
const SECRETS = new Set([
  'access_token',
  'appsecret_proof',
  'client_secret',
  'code',
  'code_challenge',
  'code_verifier',
  'fb_exchange_token',
  'input_token',
]);

/** Starts the stand-in: a real HTTP server that plays both Graph hosts and the CDN, with all it takes in memory. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { now = () => new Date(), account = SANDBOX_ACCOUNT, host = '127.0.0.1' } = options;
  const requests: LogEntry[] = [];
  let faultPlan = createFaultPlan(options.faults ?? []);
  let origin = '';

  const accountMedia = createAccountMedia({
    posts: options.posts ?? demoPosts(),
    stories: options.stories ?? demoStories,
    collaborations: options.collaborations ?? [],
    mediaCount: options.mediaCount,
    now,
  });
  const apps = appsOf(options.apps);
  const pages = options.pages ?? [{ id: FIRST_PAGE_ID, name: account.name, instagram: 'own' }];
  const own = { account, accountType: options.accountType ?? 'BUSINESS', accountMedia };
  const profiles = createProfiles({ own, pages, now });
  const tokens = createIssuedTokens({ account, apps, now });
  const codes = createOAuthCodes(now);
  const tokenEndpoints = createTokenEndpoints({ apps, tokens, codes, profiles, now });
  const cdn = createSignedUrls({ key: `key of ${account.id}`, now, lifeSeconds: options.urlLifeSeconds });
  const files = createMediaFiles();
  const shared = { faultPlan: () => faultPlan, now, origin: () => origin };
  const api = createApiHost({ ...shared, profiles, tokens, tokenEndpoints, cdn, options });
  const web = createOAuthPages({
    ...shared,
    apps,
    codes,
    profiles,
    declined: options.declinedPermissions ?? [],
    httpsOnly: options.refuseLoopbackRedirects ?? false,
  });
  const media = createCdnHost({ ...shared, cdn, files, bytesPerSecond: options.mediaBytesPerSecond });

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://sandbox.invalid');
    const kind = url.pathname.startsWith('/cdn/') ? 'media' : url.pathname.startsWith('/www.') ? 'web' : 'graph';
    const logEntry: LogEntry = {
      at: now(),
      kind,
      method: request.method ?? 'GET',
      path: url.pathname,
      query: Object.fromEntries([...url.searchParams].filter(([name]) => !SECRETS.has(name))),
      authorization: request.headers.authorization !== undefined,
      ...(request.headers.range !== undefined && { range: request.headers.range }),
      status: 0,
    };
    requests.push(logEntry);
    response.setHeader('date', now().toUTCString());
    const latency = kind === 'media' ? options.mediaLatencyMs : options.apiLatencyMs;
    if (latency) await sleep(latency);
    await { media, web, graph: api }[kind](request, response, url, logEntry);
  };

  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    response.on('error', () => response.destroy());
    answer(request, response).catch(async (error: unknown) => {
      if (response.headersSent) response.destroy();
      else await send(response, contentOf(500, 'text/plain', `The sandbox itself failed: ${error}`));
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

  const issueToken = (wish: TokenWish): string => {
    const { flavour, kind = flavour === 'facebook' ? 'user' : 'instagram', ageSeconds = 0 } = wish;
    const profile = profiles.byId(wish.accountId ?? account.id) ?? own;
    const isLasting = kind === 'page' || kind === 'system';
    return tokens.issue({
      flavour,
      kind,
      appId: wish.appId ?? apps[flavour].id,
      userId: flavour === 'instagram' ? profile.account.appScopedId : kind === 'system' ? SYSTEM_USER_ID : USER_ID,
      ...(flavour === 'instagram' && { accountId: profile.account.id }),
      ...(kind === 'page' && { pageId: wish.pageId ?? pages[0]?.id ?? FIRST_PAGE_ID }),
      scopes: wish.scopes ?? USUAL_SCOPES[flavour],
      issuedAt: new Date(now().getTime() - ageSeconds * 1000),
      lifeSeconds: wish.lifeSeconds ?? (isLasting ? undefined : SIXTY_DAYS),
    }).value;
  };

  return {
    url: origin,
    facebookBaseUrl: `${origin}/graph.facebook.com`,
    instagramBaseUrl: `${origin}/graph.instagram.com`,
    instagramApiBaseUrl: `${origin}/api.instagram.com`,
    facebookWebBaseUrl: `${origin}/www.facebook.com`,
    instagramWebBaseUrl: `${origin}/www.instagram.com`,
    apps,
    mediaHost: origin,
    account,
    tokens: { facebook: tokens.wellKnown.facebook.value, instagram: tokens.wellKnown.instagram.value },
    publish: accountMedia.publish,
    remove: accountMedia.remove,
    setFaults: (faults) => {
      faultPlan = createFaultPlan(faults);
    },
    issueToken,
    revokeToken: tokens.revokeAll,
    restoreToken: tokens.restore,
    requests,
    graphCalls: () => requests.filter(({ kind }) => kind === 'graph').length,
    mediaCalls: () => requests.filter(({ kind }) => kind === 'media').length,
    resetRequests: () => {
      requests.length = 0;
    },
    expectedItems: () => expected(accountMedia.feed()),
    expectedStories: () => expected(accountMedia.stories()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
