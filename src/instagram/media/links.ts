import { InstagramApiError } from '../../errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Item, MediaId, Post } from '../../media/item.ts';
import type { PostNode } from '../feed/media-node.ts';
import { addresses, mediaNode, read } from '../feed/response-schemas.ts';
import { type Graph, stopsTheRun } from '../graph/client.ts';

/** The addresses of an item's file and of its cover. They are valid for some hours. */
export type Links = Pick<Item, 'url' | 'cover'>;

/** `isOld`: the item was listed so long ago that its links may have expired. */
type LatestLinks = Links & { readonly isOld?: boolean };

/** Links that were listed or renewed this recently, in milliseconds, are not renewed before they are tried. */
const FRESH_FOR = 10 * 60_000;

/** Items that were listed together and can be listed again by one call. */
interface ListedPage {
  readonly again: () => Promise<readonly PostNode[]>;
  fresh: ReadonlyMap<MediaId, Links>;
  listedAt: number;
  renewedAt: number;
  renewing?: Promise<void>;
  /** True once one of its items was requested alone. */
  hadSingle: boolean;
}

interface LinksOptions {
  graph: Graph;
  now: () => Date;
  log: Log;
}

/** Renews expired links with few calls: listing a page again renews all of its links. */
export function createLinks({ graph, now, log }: LinksOptions) {
  const pages = new WeakMap<Item, ListedPage>();

  /** Absolute, because our clock may be corrected meanwhile. */
  const isLongAgo = (time: number) => Math.abs(now().getTime() - time) > FRESH_FOR;

  const orNothing = async <T>(nothing: T, what: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof InstagramApiError) || stopsTheRun(error)) throw error;
      log.debug(`no fresh links for ${what}: ${error.message}`);
      return nothing;
    }
  };

  const listAgain = async (page: ListedPage) => {
    const nodes = await orNothing([], 'a page', page.again);
    page.fresh = new Map(
      nodes.flatMap((node) => [node, ...(node.children?.data ?? [])]).map((node) => [node.id, addresses(node)]),
    );
    page.renewedAt = now().getTime();
  };

  const ofPage = async (item: Item, page: ListedPage): Promise<Links | undefined> => {
    if (isLongAgo(page.renewedAt)) {
      page.renewing ??= listAgain(page).finally(() => delete page.renewing);
      await page.renewing;
    }
    return page.fresh.get(item.id);
  };

  const ofItem = (item: Item, signal: AbortSignal): Promise<Links> =>
    orNothing({}, item.id, async () => {
      const answer = await graph.get(item.id, { fields: 'id,media_url,thumbnail_url' }, signal);
      return addresses(read(mediaNode, answer, `GET /${item.id}`));
    });

  return {
    /** Remembers a page's items, and how to list it again. */
    listed(posts: readonly Post[], again: ListedPage['again']): void {
      const page: ListedPage = {
        again,
        fresh: new Map(),
        listedAt: now().getTime(),
        renewedAt: Number.NEGATIVE_INFINITY,
        hadSingle: false,
      };
      for (const item of posts.flatMap((post) => post.items)) pages.set(item, page);
    },

    /** The latest known links of an item, without a call. */
    latest(item: Item): LatestLinks {
      const page = pages.get(item);
      const { url, cover } = page?.fresh.get(item.id) ?? item;
      const isOld = page !== undefined && isLongAgo(page.listedAt);
      return { ...(url && { url }), ...(cover && { cover }), isOld };
    },

    /**
     * Fresh links of an item; empty if Instagram provides none. Links expire together, so an expired one renews its whole
     * page; a missing file may be the only one, so it renews its page only if it is not the first.
     */
    async renew(item: Item, reason: 'expired' | 'gone', signal: AbortSignal): Promise<Links> {
      const page = pages.get(item);
      if (page && (reason === 'expired' || page.hadSingle || page.fresh.size > 0)) {
        const links = await ofPage(item, page);
        if (links) return links;
      }
      if (page) page.hadSingle = true;
      return ofItem(item, signal);
    },
  };
}

export type LinkRenewal = ReturnType<typeof createLinks>;
