import type { Endpoint, FaultPlan, Flavour } from '../faults.ts';
import type { SandboxPost } from '../post.ts';
import { Refusal } from './graph-error.ts';

export interface Page {
  readonly posts: readonly SandboxPost[];
  readonly cursors?: { readonly before: string; readonly after: string };
  /** The cursor that the next page is asked for with; absent on the last page. */
  readonly next?: string;
  readonly previous?: string;
}

const DEFAULT_LIMIT = 25;

/** Looks like Instagram's (`QVFIUj…`) and names the post it stands on, so that it dies with it; no post is the very top. */
const cursorOf = (post: SandboxPost | undefined, mark = '') =>
  Buffer.from(`AQHR${post?.id ?? ''}${mark}`).toString('base64');

export interface PageInput {
  readonly query: URLSearchParams;
  readonly maxPageSize: number;
  readonly faultPlan: FaultPlan;
  readonly target: { readonly endpoint: Endpoint; readonly flavour: Flavour };
}

/** One page of a list, as query and faults want it. A Refusal is thrown for a cursor that stands on nothing. */
export function pageOf(all: readonly SandboxPost[], { query, maxPageSize, faultPlan, target }: PageInput): Page {
  const wanted = Number(query.get('limit') ?? DEFAULT_LIMIT);
  if (!Number.isInteger(wanted) || wanted < 0)
    throw new Refusal({ code: 100, message: '(#100) param limit must be non-negative' });
  const reduce = faultPlan.first(['reduce-data'], target);
  if (reduce && wanted > reduce.maxLimit)
    throw new Refusal({
      code: 1,
      status: 500,
      message: "Please reduce the amount of data you're asking for, then retry your request",
    });
  const dies = query.has('after') ? faultPlan.first(['cursor-dies'], target) : undefined;
  if (dies) throw new Refusal({ code: dies.code ?? 2642, message: dies.message ?? '(#2642) Invalid cursors values' });

  const posts = all.filter(isBetween(query.get('since'), query.get('until')));
  const limit = Math.min(Math.max(1, wanted), maxPageSize);
  const asked = bounds(posts, query, limit);
  if (asked.start >= asked.end) return { posts: [] };
  const { start, end } = reshape(asked, limit, faultPlan, target);

  const shown = posts.slice(start, end);
  const last = posts[end - 1];
  // An empty page leads on by a cursor of its own, or it could not be told from one that loops.
  const after = start < end ? cursorOf(last) : cursorOf(last, `.${(emptyPages++).toString(36)}`);
  const loops = faultPlan.first(['cursor-loops'], target);
  const circle = query.get('after') ?? cursorOf(undefined);
  return {
    posts: shown,
    cursors: { before: cursorOf(posts[start]), after: loops ? circle : after },
    ...(loops ? { next: circle } : end < posts.length && { next: after }),
    ...(start > 0 && { previous: cursorOf(posts[start]) }),
  };
}

let emptyPages = 0;

interface Bounds {
  readonly start: number;
  readonly end: number;
}

function reshape({ start, end }: Bounds, limit: number, faultPlan: FaultPlan, target: PageInput['target']): Bounds {
  if (faultPlan.first(['empty-page'], target)) return { start, end: start };
  const short = faultPlan.first(['short-page'], target);
  if (short) return { start, end: Math.min(end, start + short.size) };
  const shifted = start > 0 ? faultPlan.first(['shifted-page'], target) : undefined;
  // At least one post is new, or the walk would stand still.
  const overlap = shifted ? Math.min(shifted.overlap ?? 1, start, limit - 1) : 0;
  return { start: start - overlap, end: Math.min(end, start - overlap + limit) };
}

function bounds(posts: readonly SandboxPost[], query: URLSearchParams, limit: number): Bounds {
  const indexOf = (cursor: string) => {
    const [id] = Buffer.from(cursor, 'base64').toString().replace(/^AQHR/, '').split('.');
    const index = id === '' ? -1 : posts.findIndex((post) => post.id === id);
    if (index < 0 && id !== '') throw new Refusal({ code: 2642, message: '(#2642) Invalid cursors values' });
    return index;
  };
  const before = query.get('before');
  if (before) {
    const end = indexOf(before);
    return { start: Math.max(0, end - limit), end };
  }
  const after = query.get('after');
  const start = after ? indexOf(after) + 1 : 0;
  return { start, end: Math.min(posts.length, start + limit) };
}

/** Unix seconds, or text that reads as a moment. */
const momentOf = (text: string) => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));

function isBetween(since: string | null, until: string | null): (post: SandboxPost) => boolean {
  const from = since === null ? Number.NEGATIVE_INFINITY : momentOf(since);
  const to = until === null ? Number.POSITIVE_INFINITY : momentOf(until);
  return ({ timestamp }) => {
    if (since === null && until === null) return true;
    const at = Date.parse(timestamp ?? '');
    return at >= from && at <= to;
  };
}
