import { InstagramApiError } from '../../errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Graph } from '../graph/client.ts';
import { accountNode, read } from './response-schemas.ts';

/** How many posts the account has by Instagram's count; undefined if it does not say. */
export async function countPosts(
  { graph, accountId, log }: { graph: Graph; accountId: string; log: Log },
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const answer = await graph.get(accountId, { fields: 'media_count' }, signal, { isOptional: true });
    return read(accountNode, answer, `GET /${accountId}`).media_count;
  } catch (error) {
    // A complete listing does not fail because the count is missing.
    if (!(error instanceof InstagramApiError)) throw error;
    log.warn(`Instagram did not return the number of posts: ${error.message}`);
    return undefined;
  }
}
