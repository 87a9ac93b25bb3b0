import type { SignedUrls } from '../cdn/signed-urls.ts';
import type { Host, SandboxOptions } from '../contract.ts';
import { type FaultOf, type FaultPlan, type FaultTarget, type Flavour, TRANSPORT_KINDS } from '../faults.ts';
import { formOf } from '../form-body.ts';
import type { IssuedTokens } from '../oauth/issued-tokens.ts';
import type { TokenRequest } from '../oauth/token-endpoints.ts';
import { type Content, contentOf, send, withFault } from '../send-response.ts';
import { callsOf, targetOf } from './fault-target.ts';
import { createGraph } from './graph.ts';
import { type GraphAnswer, graphError, rateLimit } from './graph-error.ts';
import type { GraphRequest } from './graph-request.ts';
import type { Profiles } from './profiles.ts';
import { createQuota, usageHeaders } from './quota.ts';

interface ApiHostInput {
  readonly profiles: Profiles;
  readonly tokens: IssuedTokens;
  readonly tokenEndpoints: (request: TokenRequest) => GraphAnswer | undefined;
  readonly cdn: SignedUrls;
  readonly faultPlan: () => FaultPlan;
  readonly now: () => Date;
  readonly origin: () => string;
  readonly options: SandboxOptions;
}

// What 10 impressions a day allow: 4800 calls each.
const CALL_BUDGET = 48_000;

/** Plays graph.facebook.com, graph.instagram.com and api.instagram.com: limits and faults around the Graph's answers. */
export function createApiHost(input: ApiHostInput): Host {
  const { profiles, tokens, tokenEndpoints, cdn, faultPlan, now, origin, options } = input;
  const { account, accountMedia } = profiles.own;
  const graph = createGraph({
    profiles,
    tokens,
    faultPlan,
    maxPageSize: options.maxPageSize ?? 100,
    sign: (post, media, endpoint) => `${origin()}${cdn.sign({ mediaId: post.id, media, endpoint })}`,
  });
  const quota = createQuota({
    accountId: account.id,
    now,
    budget: options.callBudget ?? CALL_BUDGET,
    windowSeconds: options.callWindowSeconds ?? 24 * 3600,
    headersAfter: options.usageHeadersAfter ?? 5,
  });
  const limited = new Map<FaultOf<'rate-limit'>, number>();

  const isOver = (fault: FaultOf<'rate-limit'>) =>
    fault.clearsAfterMs !== undefined &&
    now().getTime() >= (limited.get(fault) ?? now().getTime()) + fault.clearsAfterMs;

  const limitNow = (target: FaultTarget) => {
    const struck = faultPlan().first(['rate-limit'], target);
    if (struck && !limited.has(struck)) limited.set(struck, now().getTime());
    const lasting = [...limited.keys()].filter((fault) => fault.clearsAfterMs !== undefined);
    return [...(struck ? [struck] : []), ...lasting].find((fault) => !isOver(fault));
  };

  const faulty = (target: FaultTarget): GraphAnswer | undefined => {
    const revoked = faultPlan().first(['token-revoked'], target);
    if (revoked) tokens.revokeAll(revoked.subcode);
    const limit = limitNow(target);
    if (limit) {
      const { code = 80002, minutes = Math.ceil((limit.clearsAfterMs ?? 300_000) / 60_000) } = limit;
      const headers = limit.withoutHeaders ? {} : usageHeaders({ accountId: account.id, percent: 100, minutes });
      return graphError({ ...rateLimit(code), headers });
    }
    const failed = faultPlan().first(['error'], target);
    if (failed)
      return graphError({
        ...failed,
        code: failed.code ?? 2,
        status: failed.status ?? 500,
        message: failed.message ?? UNEXPECTED,
      });
    const wrong = faultPlan().first(['wrong-shape'], target);
    return wrong && { status: 200, body: wrong.body };
  };

  // Signing in is not among the calls that Meta counts for an account.
  const reply = (request: GraphRequest & TokenRequest, target: FaultTarget): GraphAnswer =>
    signIn(request, target) ?? counted(request, target);

  const signIn = (request: TokenRequest, target: FaultTarget): GraphAnswer | undefined => {
    const answer = tokenEndpoints(request);
    return answer && (faulty(target) ?? answer);
  };

  const counted = (request: GraphRequest, target: FaultTarget): GraphAnswer => {
    quota.spend(callsOf(request));
    for (const { publish = [], remove = [] } of faultPlan().all('feed-changes', target)) {
      for (const post of publish) accountMedia.publish(post);
      for (const id of remove) accountMedia.remove(id);
    }
    const usage = faultPlan().first(['usage'], target);
    const answer = faulty(target) ?? (quota.isSpent() ? graphError(rateLimit(80002)) : graph(request));
    const measured = usage ? usageHeaders({ accountId: account.id, minutes: 0, ...usage }) : quota.headers();
    return { ...answer, headers: { ...measured, ...answer.headers } };
  };

  return async (request, response, url, logEntry) => {
    const { host, version, path } = addressOf(url.pathname);
    const flavour: Flavour = host === 'graph.facebook.com' ? 'facebook' : 'instagram';
    const form = await formOf(request);
    const query = new URLSearchParams([...url.searchParams, ...form]);
    const token =
      request.headers.authorization?.replace(/^(Bearer|OAuth) /i, '') ?? query.get('access_token') ?? undefined;
    Object.assign(logEntry, { path, ...(version && { version }), ...(host && { flavour }) });
    const target = targetOf({ path, flavour, query }, (id) => profiles.byId(id) !== undefined);
    if (target.mediaId) logEntry.mediaId = target.mediaId;

    const fault = faultPlan().first([...TRANSPORT_KINDS, 'not-json'], target);
    const known = host && {
      host,
      method: request.method ?? 'GET',
      flavour,
      base: `${origin()}/${host}`,
      version,
      path,
      query,
      form,
      token,
    };
    const answer = known
      ? reply(known, target)
      : graphError({ code: 2500, status: 404, message: `Unknown path components: ${url.pathname}` });
    const content = written(answer);
    if (fault?.kind === 'not-json') {
      const text = {
        ...content,
        ...contentOf(200, 'text/html', fault.body ?? '<html><body>Sorry, something went wrong.</body></html>'),
      };
      logEntry.status = text.status;
      return send(response, text);
    }
    const sent = withFault(content, fault, request.url ?? '/');
    await send(response, sent, {
      fault,
      withBody: request.method !== 'HEAD',
      onStatus: (status) => {
        logEntry.status = status;
      },
    });
  };
}

const UNEXPECTED = 'An unexpected error has occurred. Please retry your request later.';

/** `/graph.facebook.com/v25.0/me` → host, version, `/me`. */
function addressOf(pathname: string): { host: string | undefined; version: string | undefined; path: string } {
  const tidy = pathname.replace(/\/{2,}/g, '/');
  const found = /^\/(graph\.facebook\.com|graph\.instagram\.com|api\.instagram\.com)(?:\/(v\d+\.\d+))?(\/.*)?$/.exec(
    tidy,
  );
  const [, host, version, path = '/'] = found ?? [];
  return { host, version, path: path.length > 1 ? path.replace(/\/$/, '') : path };
}

function written({ status, body, headers }: GraphAnswer): Content {
  const content = contentOf(status, 'application/json; charset=UTF-8', JSON.stringify(body));
  return { ...content, headers: { ...content.headers, ...headers } };
}
