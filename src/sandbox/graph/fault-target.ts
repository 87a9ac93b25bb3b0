import type { Endpoint, FaultTarget } from '../faults.ts';
import type { GraphRequest } from './graph-request.ts';

const EDGES: Readonly<Record<string, Endpoint>> = {
  media: 'media-edge',
  stories: 'stories',
  collaborative_media: 'collaborations',
  children: 'children',
};

/** Which endpoint a path belongs to, and which item it is about. */
export function targetOf(
  { path, flavour, query }: Pick<GraphRequest, 'path' | 'flavour' | 'query'>,
  isAccount: (id: string) => boolean,
): FaultTarget {
  const [id = '', edge] = path.split('/').filter(Boolean);
  const endpoint = edge === undefined ? undefined : EDGES[edge];
  if (endpoint) return { endpoint, flavour, path, ...(endpoint === 'children' && { mediaId: id }) };
  if (id === '' && query.has('ids')) return { endpoint: 'node', flavour, path };
  return /^\d+$/.test(id) && !isAccount(id) && !edge
    ? { endpoint: 'node', flavour, path, mediaId: id }
    : { endpoint: 'account', flavour, path };
}

/** How many calls a request counts as. */
export const callsOf = ({ query }: Pick<GraphRequest, 'query'>) => query.get('ids')?.split(',').length ?? 1;
