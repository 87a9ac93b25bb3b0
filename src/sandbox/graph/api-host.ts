import type { Cdn } from '../cdn/signed-urls.ts';
import type { Host, SandboxOptions } from '../contract.ts';
import { type FaultOf, type Flavour, type Occasion, type Strikes, TRANSPORT_KINDS } from '../faults.ts';
import { formOf } from '../form-body.ts';
import type { IssuedTokens } from '../oauth/issued-tokens.ts';
import type { TokenRequest } from '../oauth/token-endpoints.ts';
import { type Content, contentOf, deliver, substitute } from '../send-response.ts';
import { callsOf, occasionOf } from './endpoint.ts';
import { createGraph, type GraphRequest } from './graph.ts';
import { type GraphAnswer, graphError, rateLimit } from './graph-error.ts';
import type { Profiles } from './profiles.ts';
import { createQuota, usageHeaders } from './quota.ts';

interface ApiHostInput {
  readonly profiles: Profiles;
  readonly tokens: IssuedTokens;
  readonly tokenEndpoints: (request: TokenRequest) => GraphAnswer | undefined;
  readonly cdn: Cdn;
  readonly strikes: () => Strikes;
  readonly now: () => Date;
  readonly origin: () => string;
  readonly options: SandboxOptions;
}

// What 10 impressions a day allow: 4800 calls each.
const CALL_BUDGET = 48_000;

/** Plays graph.facebook.com, graph.instagram.com and api.instagram.com: limits and faults around the Graph's answers. */
export function createApiHost(input: ApiHostInput): Host {
  const { profiles, tokens, tokenEndpoints, cdn, strikes, now, origin, options } = input;
  const { account, holdings } = profiles.own;
  const graph = createGraph({
    profiles,
    tokens,
    strikes,
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

  const limitNow = (occasion: Occasion) => {
    const struck = strikes().first(['rate-limit'], occasion);
    if (struck && !limited.has(struck)) limited.set(struck, now().getTime());
    const lasting = [...limited.keys()].filter((fault) => fault.clearsAfterMs !== undefined);
    return [...(struck ? [struck] : []), ...lasting].find((fault) => !isOver(fault));
  };

  const faulty = (occasion: Occasion): GraphAnswer | undefined => {
    const revoked = strikes().first(['token-revoked'], occasion);
    if (revoked) tokens.revokeAll(revoked.subcode);
    const limit = limitNow(occasion);
    if (limit) {
      const { code = 80002, minutes = Math.ceil((limit.clearsAfterMs ?? 300_000) / 60_000) } = limit;
      const headers = limit.withoutHeaders ? {} : usageHeaders({ accountId: account.id, percent: 100, minutes });
      return graphError({ ...rateLimit(code), headers });
    }
    const failed = strikes().first(['error'], occasion);
    if (failed)
      return graphError({
        ...failed,
        code: failed.code ?? 2,
        status: failed.status ?? 500,
        message: failed.message ?? UNEXPECTED,
      });
    const wrong = strikes().first(['wrong-shape'], occasion);
    return wrong && { status: 200, body: wrong.body };
  };

  // Signing in is not among the calls that Meta counts for an account.
  const reply = (request: GraphRequest & TokenRequest, occasion: Occasion): GraphAnswer =>
    signIn(request, occasion) ?? counted(request, occasion);

  const signIn = (request: TokenRequest, occasion: Occasion): GraphAnswer | undefined => {
    const answer = tokenEndpoints(request);
    return answer && (faulty(occasion) ?? answer);
  };

  const counted = (request: GraphRequest, occasion: Occasion): GraphAnswer => {
    quota.spend(callsOf(request));
    for (const { publish = [], remove = [] } of strikes().all('feed-changes', occasion)) {
      for (const post of publish) holdings.publish(post);
      for (const id of remove) holdings.remove(id);
    }
    const usage = strikes().first(['usage'], occasion);
    const answer = faulty(occasion) ?? (quota.isSpent() ? graphError(rateLimit(80002)) : graph(request));
    const measured = usage ? usageHeaders({ accountId: account.id, minutes: 0, ...usage }) : quota.headers();
    return { ...answer, headers: { ...measured, ...answer.headers } };
  };

  return async (request, response, url, note) => {
    const { host, version, path } = addressOf(url.pathname);
    const flavour: Flavour = host === 'graph.facebook.com' ? 'facebook' : 'instagram';
    const form = await formOf(request);
    const query = new URLSearchParams([...url.searchParams, ...form]);
    const token =
      request.headers.authorization?.replace(/^(Bearer|OAuth) /i, '') ?? query.get('access_token') ?? undefined;
    Object.assign(note, { path, ...(version && { version }), ...(host && { flavour }) });
    const occasion = occasionOf({ path, flavour, query }, (id) => profiles.byId(id) !== undefined);
    if (occasion.mediaId) note.mediaId = occasion.mediaId;

    const fault = strikes().first([...TRANSPORT_KINDS, 'not-json'], occasion);
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
      ? reply(known, occasion)
      : graphError({ code: 2500, status: 404, message: `Unknown path components: ${url.pathname}` });
    const content = written(answer);
    if (fault?.kind === 'not-json') {
      const text = {
        ...content,
        ...contentOf(200, 'text/html', fault.body ?? '<html><body>Sorry, something went wrong.</body></html>'),
      };
      note.status = text.status;
      return deliver(response, text);
    }
    const sent = substitute(content, fault, request.url ?? '/');
    await deliver(response, sent, {
      fault,
      withBody: request.method !== 'HEAD',
      onStatus: (status) => {
        note.status = status;
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
