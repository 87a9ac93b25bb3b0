import { isAlbum, type SandboxPost } from '../post.ts';
import type { AccountMedia } from './graph-request.ts';

interface AccountMediaInput {
  readonly posts: readonly SandboxPost[];
  readonly stories: readonly SandboxPost[] | ((now: Date) => readonly SandboxPost[]);
  readonly collaborations: readonly SandboxPost[];
  readonly mediaCount: number | undefined;
  readonly now: () => Date;
}

/** The account's posts, stories and collaborations while the sandbox runs. Posts can be published and removed. */
export function createAccountMedia({
  posts,
  stories,
  collaborations,
  mediaCount,
  now,
}: AccountMediaInput): AccountMedia {
  let feed = pinnedFirst(posts);
  let index: Map<string, { post: SandboxPost; album?: SandboxPost }> | undefined;
  const live = () => (typeof stories === 'function' ? stories(now()) : stories);

  const change = (next: readonly SandboxPost[]) => {
    feed = pinnedFirst(next);
    index = undefined;
  };

  const indexed = () => {
    index ??= new Map(
      [...collaborations, ...feed].flatMap((post) => [
        [post.id, { post }] as const,
        ...(isAlbum(post)
          ? (post.children ?? []).map((child) => [child.id, { post: child, album: post }] as const)
          : []),
      ]),
    );
    return index;
  };

  return {
    feed: () => feed,
    stories: live,
    collaborations: () => collaborations,
    find(id) {
      const story = live().find((post) => post.id === id);
      return indexed().get(id) ?? (story && { post: story });
    },
    mediaCount: () => mediaCount ?? feed.length,
    publish: (post) => change([post, ...feed]),
    remove: (id) => change(feed.filter((post) => post.id !== id)),
  };
}

const pinnedFirst = (posts: readonly SandboxPost[]) => [
  ...posts.filter(({ pinned }) => pinned),
  ...posts.filter(({ pinned }) => !pinned),
];
