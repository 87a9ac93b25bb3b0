import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, Flavour } from './faults.ts';
import type { AccountType, SandboxPage } from './graph/profiles.ts';
import type { AppOptions, SandboxApps } from './oauth/apps.ts';
import type { TokenKind } from './oauth/issued-tokens.ts';
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
  /** A larger `limit` is lowered to this. */
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
  /** Laid over the apps that there are by default. */
  readonly apps?: AppOptions;
  /** The authorise pages take registered https addresses alone, no loopback ones by http. */
  readonly refuseLoopbackRedirects?: boolean;
  /** The Pages of the person at Facebook; by default one, with the account linked to it. */
  readonly pages?: readonly SandboxPage[];
  /** Of the account; BUSINESS by default. */
  readonly accountType?: AccountType;
  /** Permissions that are not ticked on the authorise pages. */
  readonly declinedPermissions?: readonly string[];
}

/** A token as a test wants it. */
export interface TokenWish {
  readonly flavour: Flavour;
  /** `user` or `instagram` unless told. */
  readonly kind?: TokenKind;
  /** How long ago it was issued; 0 unless told. */
  readonly ageSeconds?: number;
  /** Counted from its issue: 60 days unless told, without end for the kinds `page` and `system`. Up to a day is short-lived. */
  readonly lifeSeconds?: number;
  /** What may be read of the account, unless told. */
  readonly scopes?: readonly string[];
  /** Of another app, if it is to be one's. */
  readonly appId?: string;
  /** Whose Instagram token it is; the sandbox's account unless told. */
  readonly accountId?: string;
  /** Which Page's token it is; the first one's unless told. */
  readonly pageId?: string;
}

export interface SandboxRequest {
  readonly at: Date;
  /** `web`: the authorise pages. */
  readonly kind: 'graph' | 'media' | 'web';
  readonly flavour?: Flavour;
  readonly method: string;
  /** Without host prefix and version. */
  readonly path: string;
  readonly version?: string;
  /** Without tokens, secrets and codes. */
  readonly query: Readonly<Record<string, string>>;
  readonly mediaId?: string;
  readonly cover?: boolean;
  /** Whether an Authorization header came with it. */
  readonly authorization: boolean;
  readonly range?: string;
  /** 0 until there is an answer. */
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
  /** Where codes of Instagram Login are exchanged. */
  readonly instagramApiBaseUrl: string;
  /** Where the authorise pages are: `/{version}/dialog/oauth`. */
  readonly facebookWebBaseUrl: string;
  /** `/oauth/authorize`. */
  readonly instagramWebBaseUrl: string;
  readonly apps: SandboxApps;
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
  /** A new token, by no sign-in. */
  issueToken(wish: TokenWish): string;
  /** From now on every token that there is answers code 190; one that is issued later is good. */
  revokeToken(subcode?: number): void;
  /** Undoes that. */
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
export type LogEntry = { -readonly [K in keyof SandboxRequest]: SandboxRequest[K] };

export type Host = (request: IncomingMessage, response: ServerResponse, url: URL, logEntry: LogEntry) => Promise<void>;
