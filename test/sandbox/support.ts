import { createHash } from 'node:crypto';
import { afterEach } from 'vitest';
import { type Flavour, type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';

const ALL_FIELDS =
  'id,media_type,media_product_type,media_url,thumbnail_url,caption,permalink,timestamp,username,alt_text,like_count,children.limit(50){id,media_type,media_url,thumbnail_url,timestamp}';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as they came, whatever their shape
export type Json = any;

/** Sandboxes for one test each, closed after it. */
export function useSandboxes(): (options?: SandboxOptions) => Promise<Sandbox> {
  const open: Sandbox[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
  });
  return async (options) => {
    const sandbox = await startSandbox(options);
    open.push(sandbox);
    return sandbox;
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** Asks graph.facebook.com, or graph.instagram.com, with the token in the header. */
export async function ask(sandbox: Sandbox, path: string, flavour: Flavour = 'facebook'): Promise<Answer> {
  const base = flavour === 'facebook' ? sandbox.facebookBaseUrl : sandbox.instagramBaseUrl;
  const headers = { authorization: `Bearer ${sandbox.tokens[flavour]}` };
  const response = await fetch(`${base}/v25.0${path}`, { headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export const mediaPath = (sandbox: Sandbox, query = `fields=${ALL_FIELDS}`) => `/${sandbox.account.id}/media?${query}`;

/** All nodes of the feed, by following `next`. */
export async function walk(sandbox: Sandbox, query = `fields=${ALL_FIELDS}&limit=100`): Promise<Json[]> {
  const nodes: Json[] = [];
  for (let url = `${sandbox.facebookBaseUrl}/v25.0${mediaPath(sandbox, query)}`; url; ) {
    const response = await fetch(url, { headers: { authorization: `Bearer ${sandbox.tokens.facebook}` } });
    const page: Json = await response.json();
    nodes.push(...page.data);
    url = page.paging?.next ?? '';
  }
  return nodes;
}

/** The nodes with a file of their own: albums opened. */
export const leaves = (nodes: readonly Json[]): Json[] => nodes.flatMap((node) => node.children?.data ?? [node]);

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export async function load(url: string, init?: RequestInit) {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** What a request came to that should fail: the code of the failure below it, or `none`. */
export const failureOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: Error & { cause?: { code?: string; message?: string } }) =>
      error.cause?.code ?? error.cause?.message ?? error.message,
  );

/** Sandboxes whose clock is moved by hand, from noon UTC of 1 May 2026. */
export function useClockedSandboxes() {
  const sandboxed = useSandboxes();
  return async (options: SandboxOptions = {}) => {
    let time = Date.parse('2026-05-01T12:00:00Z');
    const sandbox = await sandboxed({ ...options, now: () => new Date(time) });
    const pass = (seconds: number) => {
      time += seconds * 1000;
    };
    return { sandbox, pass, seconds: () => time / 1000 };
  };
}
