import { Agent } from '../../lib/exchange.ts';
import type { GraphOptions } from '../graph/client.ts';
import { callMeta, type MetaRequest } from '../graph/meta-call.ts';

/** A Meta app: its id, and its secret if configured. */
export interface MetaApp {
  readonly id: string;
  readonly secret: string | undefined;
}

/** What signing in needs in addition to the API. */
export interface SignInConfig {
  /** Facebook Login and Instagram Login each have their own id and secret, even in one app. */
  readonly apps: { readonly facebook: MetaApp | undefined; readonly instagram: MetaApp | undefined };
  /** Where users consent. */
  readonly pages: { readonly facebook: string; readonly instagram: string };
  /** Where Instagram Login exchanges its codes. */
  readonly instagramApi: string;
}

export interface OAuthOptions extends Pick<GraphOptions, 'timeout' | 'metaClock' | 'log'> {
  signIn: SignInConfig;
  graph: Pick<GraphOptions, 'version' | 'baseUrls'>;
}

/** Calls to the login endpoints, each sent once. */
export interface OAuthCalls {
  call(request: MetaRequest, signal: AbortSignal, timeout?: number): Promise<unknown>;
  /** The address of a versioned path. */
  facebook(path: string): URL;
  /** The address of a path without a version. */
  instagram(path: string): URL;
  /** Where Instagram Login exchanges its codes. */
  readonly codeExchange: URL;
}

export const createOAuthCalls = ({ signIn, graph, ...options }: OAuthOptions): OAuthCalls => ({
  async call(request, signal, timeout = options.timeout) {
    const dispatcher = new Agent();
    try {
      return await callMeta(request, { ...options, dispatcher, timeout, signal });
    } finally {
      await dispatcher.destroy();
    }
  },
  facebook: (path) => new URL(`${graph.baseUrls.facebook}/${graph.version}/${path}`),
  instagram: (path) => new URL(`${graph.baseUrls.instagram}/${path}`),
  codeExchange: new URL(`${signIn.instagramApi}/oauth/access_token`),
});
