import { nameOf } from '../../accounts/accounts.ts';
import type { Post, PostFilter, PostItem, PostTile } from '../../contract/posts.ts';
import type { PostFilter as Filter } from '../../gallery/filter.ts';
import type { PostItem as FoundItem, Post as FoundPost } from '../../gallery/find-post.ts';
import type { PostTile as Tile } from '../../gallery/tiles.ts';

/** What is asked of posts, in the gallery's words. */
export function filterOf({ kind, since, until, ...filter }: PostFilter): Filter {
  const begin = (day: string | undefined) => (day === undefined ? undefined : new Date(`${day}T00:00:00Z`));
  const { account, search, hashtag, state, run } = filter;
  return { kinds: kind, since: begin(since), until: begin(until), account, search, hashtag, state, run };
}

export const describeTile = (tile: Tile): PostTile => ({
  id: tile.id,
  kind: tile.kind,
  postedAt: tile.postedAt?.toISOString() ?? null,
  items: tile.items,
  kept: tile.kept,
  gone: tile.gone,
  state: tile.state,
  cover: tile.cover ?? null,
  duration: tile.duration ?? null,
  likes: tile.likes ?? null,
  text: tile.text,
});

export const describePost = (post: FoundPost): Post => ({
  ...describeTile(post),
  caption: post.caption ?? null,
  permalink: post.permalink ?? null,
  comments: post.comments ?? null,
  username: post.username ?? null,
  account: post.account ? { id: post.account.id, name: nameOf(post.account) } : null,
  productType: post.productType ?? null,
  firstSeenAt: post.firstSeenAt.toISOString(),
  lastSeenAt: post.lastSeenAt.toISOString(),
  files: post.files.map(describeItem),
});

const describeItem = ({ id, position, kind, altText, media, run, failure }: FoundItem): PostItem => ({
  id,
  position,
  kind,
  altText: altText ?? null,
  media: media
    ? {
        ...media,
        mimeType: media.mimeType ?? null,
        width: media.width ?? null,
        height: media.height ?? null,
        duration: media.duration ?? null,
        backfilledAt: media.backfilledAt?.toISOString() ?? null,
        fileState: media.fileState ?? null,
      }
    : null,
  run: run ? { ...run, startedAt: run.startedAt.toISOString() } : null,
  failure: failure ? { ...failure, at: failure.at?.toISOString() ?? null } : null,
});
