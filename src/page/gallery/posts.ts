import type { Months, Posts, PostTile } from '../../contract/posts.ts';
import { formatQuery, type Query } from '../address.ts';
import { type ApiError, get, problemOf } from '../api.ts';
import { createStore, type Store } from '../store.ts';
import type { Rows, Section } from './layout.ts';

/** Posts per request, and how many responses are kept. */
const CHUNK = 100;
const CHUNKS_KEPT = 150;

interface Chunk {
  readonly posts: readonly PostTile[];
  /** May have changed since; still shown until the new response arrives. */
  isStale: boolean;
}

/** The posts of one query: their numbers first, the posts themselves when they come into view. */
export interface PostsOfQuery {
  readonly query: Query;
  readonly sections: Store<readonly Section[] | undefined>;
  readonly problem: Store<ApiError | undefined>;
  /** Counts up when posts were loaded. */
  readonly version: Store<number>;
  /** The post at a position in a section, once it is loaded. */
  readonly tile: (section: Section, inside: number) => PostTile | undefined;
  /** Loads the visible posts, and aborts requests for others. */
  readonly show: (rows: readonly Rows[], columns: number) => void;
  /** Ids of posts, `to` inclusive; loads them if necessary. */
  readonly ids: (section: Section, from: number, to: number) => Promise<string[]>;
  /** Counts again, and reloads posts that may have changed, or all. */
  readonly refresh: (options?: { readonly isAll?: boolean }) => Promise<void>;
  readonly stop: () => void;
}

export function createPosts(query: Query): PostsOfQuery {
  const sections = createStore<readonly Section[] | undefined>(undefined);
  const problem = createStore<ApiError | undefined>(undefined);
  const version = createStore(0);
  const chunks = new Map<string, Chunk>();
  const pending = new Map<string, AbortController>();
  let revision = 0;
  let counting: Promise<void> | undefined;
  const filter = formatQuery({ ...query, order: 'newest' });
  const whole = formatQuery(query);

  const keyOf = (section: Section, number: number) => `${section.key}/${number}`;

  function pathOf(section: Section, number: number): string {
    const params = new URLSearchParams(whole);
    if (section.key !== 'all') params.set('month', section.key);
    params.set('offset', String(number * CHUNK));
    params.set('limit', String(CHUNK));
    return `/posts?${params}`;
  }

  function put(key: string, posts: readonly PostTile[]): void {
    chunks.delete(key);
    chunks.set(key, { posts, isStale: false });
    for (const oldest of chunks.keys()) {
      if (chunks.size <= CHUNKS_KEPT) break;
      chunks.delete(oldest);
    }
    version.set(version.get() + 1);
  }

  async function fetchChunk(section: Section, number: number): Promise<void> {
    const key = keyOf(section, number);
    const abort = new AbortController();
    pending.set(key, abort);
    try {
      let posts: readonly PostTile[];
      let asOf: number;
      do {
        asOf = revision;
        posts = (await get<Posts>(pathOf(section, number), abort.signal)).posts;
        // A response from before the last count may be outdated.
      } while (asOf !== revision);
      put(key, posts);
      problem.set(undefined);
    } catch (error) {
      if (!abort.signal.aborted) problem.set(problemOf(error));
    } finally {
      if (pending.get(key) === abort) pending.delete(key);
    }
  }

  async function count({ isAll = false } = {}): Promise<void> {
    try {
      const { posts, months } = await get<Months>(`/months${filter ? `?${filter}` : ''}`);
      const next =
        query.order === 'likes'
          ? posts > 0
            ? [{ key: 'all', posts }]
            : []
          : months.map(({ month, posts }) => ({ key: month ?? 'none', posts }));
      const before = new Map(sections.get()?.map(({ key, posts }) => [key, posts]));
      const changed = new Set(next.filter(({ key, posts }) => before.get(key) !== posts).map(({ key }) => key));
      // A post is listed before its files are downloaded.
      const mayComplete = ({ posts: some }: Chunk) => some.some(({ state }) => state !== 'whole');
      for (const [key, chunk] of chunks) {
        if (isAll || changed.has(key.split('/')[0] ?? '') || mayComplete(chunk)) chunk.isStale = true;
      }
      revision += 1;
      problem.set(undefined);
      sections.set(next);
      version.set(version.get() + 1);
    } catch (error) {
      problem.set(problemOf(error));
    }
  }

  return {
    query,
    sections,
    problem,
    version,
    tile: (section, inside) => chunks.get(keyOf(section, Math.floor(inside / CHUNK)))?.posts[inside % CHUNK],
    show(rows, columns) {
      const wanted = new Map<string, readonly [Section, number]>();
      for (const { section: number, first, last } of rows) {
        const section = sections.get()?.[number];
        if (!section) continue;
        const end = Math.min(section.posts, (last + 1) * columns) - 1;
        for (let chunk = Math.floor((first * columns) / CHUNK); chunk <= Math.floor(end / CHUNK); chunk += 1) {
          wanted.set(keyOf(section, chunk), [section, chunk]);
        }
      }
      for (const [key, abort] of pending) {
        if (wanted.has(key)) continue;
        abort.abort();
        pending.delete(key);
      }
      for (const [key, [section, chunk]] of wanted) {
        const kept = chunks.get(key);
        if (kept) {
          // The most recently viewed posts are kept longest.
          chunks.delete(key);
          chunks.set(key, kept);
        }
        if ((!kept || kept.isStale) && !pending.has(key)) void fetchChunk(section, chunk);
      }
    },
    async ids(section, from, to) {
      const found: string[] = [];
      for (let number = Math.floor(from / CHUNK); number <= Math.floor(to / CHUNK); number += 1) {
        const kept = chunks.get(keyOf(section, number))?.posts;
        const posts = kept ?? (await get<Posts>(pathOf(section, number))).posts;
        found.push(
          ...posts.filter((_, at) => number * CHUNK + at >= from && number * CHUNK + at <= to).map(({ id }) => id),
        );
      }
      return found;
    },
    refresh(options) {
      // All callers share the first count.
      if (counting && !sections.get()) return counting;
      counting = count(options).finally(() => {
        counting = undefined;
      });
      return counting;
    },
    stop() {
      for (const abort of pending.values()) abort.abort();
      pending.clear();
    },
  };
}

let last: PostsOfQuery | undefined;

/** The posts of a query; returns the same object while the query stays the same. */
export function postsFor(query: Query): PostsOfQuery {
  const text = formatQuery(query);
  if (last && formatQuery(last.query) === text) return last;
  last?.stop();
  last = createPosts(query);
  return last;
}
