import type { Flavour } from '../faults.ts';
import type { SandboxPost } from '../post.ts';
import type { Field } from './field-list.ts';

export interface GraphRequest {
  readonly method: string;
  readonly flavour: Flavour;
  /** Address of the flavour's host, such as `http://127.0.0.1:1234/graph.facebook.com`. */
  readonly base: string;
  /** Such as `v25.0`; undefined if the path has none. */
  readonly version: string | undefined;
  /** What follows the version. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
}

/** A request that reads a node or a list, with the field list of its query parsed. */
export interface ReadRequest extends GraphRequest {
  readonly fields: readonly Field[];
}

/** What an account has posted, at this moment. */
export interface AccountMedia {
  feed(): readonly SandboxPost[];
  stories(): readonly SandboxPost[];
  collaborations(): readonly SandboxPost[];
  /** A post or a child of an album that still exists; a child comes with its album. */
  find(id: string): { post: SandboxPost; album?: SandboxPost } | undefined;
  mediaCount(): number;
  /** Puts a post at the top of the feed, after the pinned ones. */
  publish(post: SandboxPost): void;
  remove(id: string): void;
}
