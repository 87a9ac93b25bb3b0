import type { Months, Posts, PostTile } from '../../contract/posts.ts';
import { formatQuery, type Query } from '../address.ts';
import { type ApiError, get, problemOf } from '../api.ts';
import { createStore, type Store } from '../store.ts';
import type { Rows, Section } from './layout.ts';

/** Posts that are asked for at once, and how many such answers are kept. */
const CHUNK = 100;
const CHUNKS_KEPT = 150;

interface Chunk {
  readonly posts: readonly PostTile[];
  /** Counted anew since, with something that may have changed: shown until the new answer is there. */
  isStale: boolean;
}

/** The posts of one query: how many there are at once, the posts themselves as they come into sight. */
export interface PostsOfQuery {
  readonly query: Query;
  readonly sections: Store<readonly Section[] | undefined>;
  readonly problem: Store<ApiError | undefined>;
  /** Counts up when posts have come. */
  readonly turn: Store<number>;
  /** The post at a place of a section, once it is there. */
  readonly tile: (section: Section, inside: number) => PostTile | undefined;
  /** Asks for what is in sight, and stops asking for what no longer is. */
  readonly show: (rows: readonly Rows[], columns: number) => void;
  /** Ids of posts, the last one included, fetched where they are not there. */
  readonly ids: (section: Section, from: number, to: number) => Promise<string[]>;
  /** Counts again; posts that may have changed come again, or all of them. */
  readonly refresh: (options?: { readonly isAll?: boolean }) => Promise<void>;
  readonly stop: () => void;
}

export function postsOfQuery(query: Query): PostsOfQuery {
  const sections = createStore<readonly Section[] | undefined>(undefined);
  const problem = createStore<ApiError | undefined>(undefined);
  const turn = createStore(0);
  const chunks = new Map<string, Chunk>();
  const asked = new Map<string, AbortController>();
  let counts = 0;
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
    turn.set(turn.get() + 1);
  }

  async function fetchChunk(section: Section, number: number): Promise<void> {
    const key = keyOf(section, number);
    const leaving = new AbortController();
    asked.set(key, leaving);
    try {
      let posts: readonly PostTile[];
      let asOf: number;
      do {
        asOf = counts;
        posts = (await get<Posts>(pathOf(section, number), leaving.signal)).posts;
        // What was on its way when it was counted again may tell of the time before.
      } while (asOf !== counts);
      put(key, posts);
      problem.set(undefined);
    } catch (error) {
      if (!leaving.signal.aborted) problem.set(problemOf(error));
    } finally {
      if (asked.get(key) === leaving) asked.delete(key);
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
      // A post is known before its files are there.
      const mayComplete = ({ posts: some }: Chunk) => some.some(({ state }) => state !== 'whole');
      for (const [key, chunk] of chunks) {
        if (isAll || changed.has(key.split('/')[0] ?? '') || mayComplete(chunk)) chunk.isStale = true;
      }
      counts += 1;
      problem.set(undefined);
      sections.set(next);
      turn.set(turn.get() + 1);
    } catch (error) {
      problem.set(problemOf(error));
    }
  }

  return {
    query,
    sections,
    problem,
    turn,
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
      for (const [key, leaving] of asked) {
        if (wanted.has(key)) continue;
        leaving.abort();
        asked.delete(key);
      }
      for (const [key, [section, chunk]] of wanted) {
        const there = chunks.get(key);
        if (there) {
          // What is looked at is kept longest.
          chunks.delete(key);
          chunks.set(key, there);
        }
        if ((!there || there.isStale) && !asked.has(key)) void fetchChunk(section, chunk);
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
      // The first answer serves all who ask for it.
      if (counting && !sections.get()) return counting;
      counting = count(options).finally(() => {
        counting = undefined;
      });
      return counting;
    },
    stop() {
      for (const leaving of asked.values()) leaving.abort();
      asked.clear();
    },
  };
}

let last: PostsOfQuery | undefined;

/** The posts of a query; those of the last one are still there for who comes back to it. */
export function postsFor(query: Query): PostsOfQuery {
  const text = formatQuery(query);
  if (last && formatQuery(last.query) === text) return last;
  last?.stop();
  last = postsOfQuery(query);
  return last;
}
