import type { SandboxPost } from './post.ts';
import { isInShare } from './random.ts';

export type Flavour = 'facebook' | 'instagram';
/** `node` is a single item or `?ids=`; `account` is `/me`, the account itself, signing in, and whatever else is no list of media. */
export type Endpoint =
  | 'media-edge'
  | 'stories'
  | 'collaborations'
  | 'children'
  | 'node'
  | 'account'
  | 'download'
  | 'cover';

/** When a fault faultPlan: everything named must hold. Nothing named: always, at each endpoint its kind makes sense at. */
export interface FaultMatch {
  readonly endpoint?: Endpoint | readonly Endpoint[];
  readonly flavour?: Flavour;
  /** The path alone, without host and version, as `/oauth/access_token`; not of downloads. */
  readonly path?: string;
  /** Media ids; of a list, the nodes in it. */
  readonly ids?: readonly string[];
  /** This share of all media ids, 0 to 1, always the same ones. */
  readonly share?: number;
  /** The how-manieth call, from 1, of those that match otherwise. */
  readonly nth?: number | readonly number[];
  /** From this call on, likewise counted. */
  readonly from?: number;
}

/** What can go wrong between the answer and its reader, at the Graph API and at the CDN alike. */
export type TransportFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: number | string;
      readonly body?: string;
      readonly contentType?: string;
    }
  /** 200, and another document than was asked for. */
  | { readonly kind: 'html' }
  | { readonly kind: 'json' }
  | { readonly kind: 'empty' }
  /** Silence after so many bytes of the body; without a number, before the status line. */
  | { readonly kind: 'stalled'; readonly afterBytes?: number }
  /** Slowly, after the first bytes; with `status` an error's body, or a redirect's to the same URL. */
  | {
      readonly kind: 'drip';
      readonly bytes?: number;
      readonly everyMs?: number;
      readonly afterBytes?: number;
      readonly status?: number;
    }
  /** The connection is torn down, before the status line or after so many bytes of the body. */
  | { readonly kind: 'reset'; readonly afterBytes?: number }
  /** Announced in full, ended after this share (default a half) of the body. */
  | { readonly kind: 'short-body'; readonly share?: number }
  /** No length announced and ended early: in a way that looks like a proper end. */
  | { readonly kind: 'short-body-without-length'; readonly share?: number; readonly mode?: 'chunked' | 'close' }
  | { readonly kind: 'longer-than-announced'; readonly extra?: number }
  /** The whole body, its length unannounced. */
  | { readonly kind: 'without-length'; readonly mode?: 'chunked' | 'close' }
  /** Without `to`: to the same URL, which with `times: 1` then answers. */
  | { readonly kind: 'redirect'; readonly to?: string; readonly status?: number; readonly endless?: boolean }
  | { readonly kind: 'content-type'; readonly contentType: string }
  /** The body, and then zeros for ever; `announced` is the length that its header tells. */
  | {
      readonly kind: 'endless';
      readonly announced?: number | string;
      readonly drip?: { readonly bytes: number; readonly everyMs: number };
    }
  /** 206 to a plain question: this share of the body (default a half); 1 is all of it. */
  | { readonly kind: 'partial'; readonly share?: number }
  /** The last byte is missing and some are others at each try, though the announced length is right. */
  | { readonly kind: 'garbled' }
  /** One header of so many bytes. */
  | { readonly kind: 'huge-header'; readonly bytes: number }
  /** Says that the body is coded in this way, which it is not. */
  | { readonly kind: 'encoding'; readonly encoding: string };

export const TRANSPORT_KINDS = [
  'status',
  'html',
  'json',
  'empty',
  'stalled',
  'huge-header',
  'drip',
  'reset',
  'short-body',
  'short-body-without-length',
  'longer-than-announced',
  'without-length',
  'redirect',
  'content-type',
  'endless',
  'partial',
  'garbled',
  'encoding',
] as const satisfies readonly TransportFault['kind'][];

/** What the CDN alone does wrong. */
type DownloadFault =
  /** The URL is dead, and stays so; `times` counts URLs, so that with 1 a newly signed one works. */
  | { readonly kind: 'expired'; readonly status?: number; readonly body?: string }
  /** A picture's bytes for a video and the reverse; name and Content-Type as they should be. */
  | { readonly kind: 'wrong-type' }
  /** The same file, padded to so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number };

/** What the Graph API alone does wrong. */
type GraphFault =
  | {
      readonly kind: 'error';
      readonly code?: number;
      readonly status?: number;
      readonly subcode?: number;
      readonly message?: string;
      readonly type?: string;
      readonly isTransient?: boolean;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Code 80002 unless told, with usage headers at 100 %; lifted `clearsAfterMs` of the stand-in's clock after the first strike. */
  | {
      readonly kind: 'rate-limit';
      readonly code?: 4 | 17 | 32 | 613 | 80001 | 80002;
      readonly minutes?: number;
      readonly clearsAfterMs?: number;
      readonly withoutHeaders?: boolean;
    }
  /** Once it struck, every token is dead. */
  | { readonly kind: 'token-revoked'; readonly subcode?: number }
  /** A limit above this answers 500, code 1, "Please reduce the amount of data". */
  | { readonly kind: 'reduce-data'; readonly maxLimit: number }
  /** Of posts and of children in albums alike, unless told; by a message that names the field, unless told. */
  | {
      readonly kind: 'refuse-field';
      readonly field: string;
      readonly of?: 'posts' | 'children';
      readonly message?: string;
    }
  | { readonly kind: 'not-json'; readonly body?: string }
  /** 200, and this in place of the answer. */
  | { readonly kind: 'wrong-shape'; readonly body: unknown }
  /** Percentages in the usage headers. */
  | {
      readonly kind: 'usage';
      readonly percent: number;
      readonly minutes?: number;
      readonly header?: 'app' | 'business' | 'both';
    }
  /** No posts on this page, though the walk goes on. */
  | { readonly kind: 'empty-page' }
  | { readonly kind: 'short-page'; readonly size: number }
  /** A page begins with so many posts of the page before, as if new ones had pushed them down. */
  | { readonly kind: 'shifted-page'; readonly overlap?: number }
  /** Any `after` is refused. */
  | { readonly kind: 'cursor-dies'; readonly code?: number; readonly message?: string }
  /** `next` leads back to the page it stands on. */
  | { readonly kind: 'cursor-loops' }
  /** Just before the answer, posts are published at the top of the feed, and others deleted. With `times: 1`: once. */
  | { readonly kind: 'feed-changes'; readonly publish?: readonly SandboxPost[]; readonly remove?: readonly string[] }
  /** Laid over the matching nodes, children included; undefined takes a field away. */
  | { readonly kind: 'raw-fields'; readonly fields: Readonly<Record<string, unknown>> }
  /** Entries that are no media objects, at the top of a page. */
  | { readonly kind: 'odd-entries'; readonly entries: readonly unknown[] }
  /** This in the place of a page's paging. */
  | { readonly kind: 'raw-paging'; readonly paging: unknown };

type FaultKind = TransportFault | DownloadFault | GraphFault;

export type Fault = FaultKind & {
  readonly match?: FaultMatch;
  /** How often it faultPlan: each media id of a download or single item, each endpoint otherwise. Default: always. */
  readonly times?: number;
};

export interface FaultTarget {
  readonly endpoint: Endpoint;
  readonly flavour?: Flavour;
  readonly path?: string;
  readonly mediaId?: string;
}

export type FaultOf<K extends Fault['kind']> = Extract<FaultKind, { kind: K }>;

export interface FaultPlan {
  /** The first fault of one of these kinds that faultPlan now; asking counts as the call. */
  first<K extends Fault['kind']>(kinds: readonly K[], target: FaultTarget): FaultOf<K> | undefined;
  /** All of one kind that strike now. */
  all<K extends Fault['kind']>(kind: K, target: FaultTarget): FaultOf<K>[];
}

const listed = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

/** Follows a list of faults through the calls: who is meant, how often yet. */
export function createFaultPlan(faults: readonly Fault[]): FaultPlan {
  const calls = new Map<Fault, number>();
  const struck = new Map<Fault, Map<string, number>>();

  const faultPlan = (fault: Fault, { endpoint, flavour, path, mediaId }: FaultTarget): boolean => {
    const { match = {}, times = Number.POSITIVE_INFINITY } = fault;
    if (match.endpoint !== undefined && !listed(match.endpoint).includes(endpoint)) return false;
    if (match.flavour !== undefined && match.flavour !== flavour) return false;
    if (match.path !== undefined && match.path !== path) return false;
    if (match.ids && !(mediaId !== undefined && match.ids.includes(mediaId))) return false;
    if (match.share !== undefined && !(mediaId !== undefined && isInShare(mediaId, match.share))) return false;
    const call = (calls.get(fault) ?? 0) + 1;
    calls.set(fault, call);
    if (match.nth !== undefined && !listed(match.nth).includes(call)) return false;
    if (match.from !== undefined && call < match.from) return false;
    const subject = mediaId ?? endpoint;
    const counts = struck.get(fault) ?? new Map<string, number>();
    const count = counts.get(subject) ?? 0;
    if (count >= times) return false;
    struck.set(fault, counts.set(subject, count + 1));
    return true;
  };

  const all = <K extends Fault['kind']>(kinds: readonly K[], target: FaultTarget) =>
    faults.filter(
      (fault) => (kinds as readonly string[]).includes(fault.kind) && faultPlan(fault, target),
    ) as FaultOf<K>[];

  return {
    first: (kinds, target) => all(kinds, target)[0],
    all: (kind, target) => all([kind], target),
  };
}
