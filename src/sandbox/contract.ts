import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, Flavour } from './faults.ts';
import type { SandboxAccount, SandboxPost } from './post.ts';

export interface SandboxOptions {
  /** 0: any free port. */
  readonly port?: number;
  readonly host?: string;
  /** The stand-in's clock: of signed URLs, stories and limits. */
  readonly now?: () => Date;
  readonly posts?: readonly SandboxPost[];
  readonly stories?: readonly SandboxPost[] | ((now: Date) => readonly SandboxPost[]);
  /** Posts of others with this account as collaborator; Facebook flavour only. */
  readonly collaborations?: readonly SandboxPost[];
  readonly faults?: readonly Fault[];
  /** Waits before an answer. */
  readonly apiLatencyMs?: number;
  readonly mediaLatencyMs?: number;
  /** What each media answer is given of the line; without it, all that the machine can. */
  readonly mediaBytesPerSecond?: number;
  /** A larger `limit` is taken for this. */
  readonly maxPageSize?: number;
  /** What the account says it has; the true number by default. */
  readonly mediaCount?: number;
  /** Of signed media URLs; by default four days for pictures and nine hours for videos. */
  readonly urlLifeSeconds?: number;
  readonly account?: SandboxAccount;
  /** Calls in a window before code 80002; each id of `?ids=` is one. Usage headers come after the first few calls. */
  readonly callBudget?: number;
  readonly callWindowSeconds?: number;
  readonly usageHeadersAfter?: number;
}

export interface SandboxRequest {
  readonly at: Date;
  readonly kind: 'graph' | 'media';
  readonly flavour?: Flavour;
  readonly method: string;
  /** Without host prefix and version. */
  readonly path: string;
  readonly version?: string;
  /** Without the token. */
  readonly query: Readonly<Record<string, string>>;
  readonly mediaId?: string;
  readonly cover?: boolean;
  /** Whether an Authorization header came with it. */
  readonly authorization: boolean;
  readonly range?: string;
  /** 0 until there is an answer, and for good if there is none. */
  readonly status: number;
}

/** A file that a whole run leaves behind. Size and hash are found out when first read. */
export interface ExpectedItem {
  readonly id: string;
  readonly postId: string;
  readonly kind: 'image' | 'video';
  /** With its dot. */
  readonly extension: string;
  readonly size: number;
  readonly sha256: string;
}

export interface Sandbox {
  readonly url: string;
  readonly facebookBaseUrl: string;
  readonly instagramBaseUrl: string;
  /** Scheme, host and port, as MEDIA_DOWNLOAD_HOSTS takes them. */
  readonly mediaHost: string;
  readonly account: SandboxAccount;
  /** The same at every start for the same account. */
  readonly tokens: { readonly facebook: string; readonly instagram: string };
  /** A new post, at the top of the feed behind the pinned ones. */
  publish(post: SandboxPost): void;
  /** Takes a post out of the feed. */
  remove(id: string): void;
  setFaults(faults: readonly Fault[]): void;
  /** From now on every token answers code 190. */
  revokeToken(subcode?: number): void;
  /** Undoes that, as signing in again does. */
  restoreToken(): void;
  readonly requests: readonly SandboxRequest[];
  graphCalls(): number;
  mediaCalls(): number;
  resetRequests(): void;
  /** The feed's downloadable items in its order, albums opened; without those that have no URL or no media in them. */
  expectedItems(): ExpectedItem[];
  expectedStories(): ExpectedItem[];
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Fields are filled in while the request is answered. */
export type RequestNote = { -readonly [K in keyof SandboxRequest]: SandboxRequest[K] };

export type Host = (request: IncomingMessage, response: ServerResponse, url: URL, note: RequestNote) => Promise<void>;
