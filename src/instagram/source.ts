import type { Source } from '../backfill/ports.ts';
import { Agent } from '../lib/exchange.ts';
import { countPosts } from './feed/count-posts.ts';

import { createFieldsOf } from './feed/lister.ts';
import { relist } from './feed/relist.ts';
import { walk } from './feed/walk.ts';
import { createGraph, type GraphOptions } from './graph/client.ts';
import type { Concurrency } from './media/adaptive-concurrency.ts';
import { createDownloader, type Receive } from './media/download.ts';
import { createLinks } from './media/links.ts';
import { createMediaHosts } from './media/media-hosts.ts';
import { createMediaOpener } from './media/open-media.ts';
import { sampleMedia } from './media/sample.ts';

interface SourceOptions extends Omit<GraphOptions, 'dispatcher'> {
  /** Meta's id of the account. */
  instagramId: string;
  now: () => Date;
  mediaHosts: readonly string[];
  /** Private addresses to which media hosts may resolve. */
  mediaRanges: readonly string[];
  /** Parallel downloads, and so connections; learns from each download. */
  concurrency: Concurrency;
  receive: Receive;
}

/** Milliseconds. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds that an idle connection is kept for the next file. */
const KEEP_ALIVE = 20_000;

/** Opens an account's posts and media; `close` closes the connections. */
export function openSource(options: SourceOptions): Source & { close(): Promise<void> } {
  const { instagramId, mediaHosts, mediaRanges, concurrency, timeout, receive } = options;
  const hosts = createMediaHosts(mediaHosts, mediaRanges);
  const connectTimeout = Math.min(CONNECT_TIMEOUT, timeout);
  const api = new Agent({ connect: { timeout: connectTimeout }, keepAliveTimeout: KEEP_ALIVE });
  const cdn = new Agent({
    connect: { timeout: connectTimeout, lookup: hosts.lookup },
    connections: concurrency.most,
    keepAliveTimeout: KEEP_ALIVE,
  });
  const graph = createGraph({ ...options, dispatcher: api, warnsOfClock: true });
  const links = createLinks({ ...options, graph });
  const openMedia = createMediaOpener({ hosts, dispatcher: cdn, timeout });
  const { metaClock } = options;
  const metaNow = () => (metaClock.isKnown() ? metaClock.now() : undefined);
  const downloader = createDownloader({ ...options, links, openMedia, receive, now: metaClock.now, metaNow });
  const listing = { ...options, graph, accountId: instagramId, links, fieldsOf: createFieldsOf() };
  return {
    countPosts: (signal) => countPosts(listing, signal),
    relist: (posts, signal) => relist(posts, listing, signal),
    pages: (source, signal) => walk(source, listing, signal),
    usage: graph.used,
    sample: (item, part, signal) => sampleMedia(links, openMedia, { item, part, signal }),
    download: downloader.download,
    downloadCover: downloader.downloadCover,
    close: async () => {
      await Promise.all([api.destroy(), cdn.destroy()]);
    },
  };
}
