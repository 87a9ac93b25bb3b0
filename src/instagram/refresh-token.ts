import { createGraph, type GraphOptions } from './graph.ts';
import { Agent } from './http.ts';
import { read, refreshedToken } from './wire.ts';

const PATH = 'refresh_access_token';

/**
 * Has Instagram prolong a token of Instagram Login; it must be a day old, and not expired. The path has no version.
 *
 * @throws {InstagramApiError}
 */
export async function refreshToken(
  token: string,
  options: Omit<GraphOptions, 'dispatcher' | 'token' | 'version'>,
  signal: AbortSignal,
): Promise<{ token: string; seconds: number }> {
  const dispatcher = new Agent();
  try {
    const graph = createGraph({ ...options, token: { flavour: 'instagram', value: token }, version: '', dispatcher });
    const answer = await graph.get(PATH, { grant_type: 'ig_refresh_token' }, signal);
    const { access_token, expires_in } = read(refreshedToken, answer, `GET /${PATH}`);
    return { token: access_token, seconds: expires_in };
  } finally {
    await dispatcher.destroy();
  }
}
