import type { Read } from './graph.ts';
import type { Listing } from './listing.ts';
import { chosen, type Node } from './media-node.ts';
import type { Profile } from './profiles.ts';

/** An Instagram account as a node; its lists can be expanded in it. */
export function accountNode(read: Read, { account, accountType, holdings }: Profile, listing: Listing): Node {
  const isInstagram = read.flavour === 'instagram';
  const expanded = (name: 'media' | 'stories') => {
    const field = read.fields.find((asked) => asked.name === name);
    const path = `/${account.id}/${name}`;
    const query = new URLSearchParams(field?.modifiers ?? {});
    const posts = name === 'media' ? holdings.feed() : holdings.stories();
    return field && listing({ ...read, path, query, fields: field.fields ?? [] }, { account, posts, path });
  };
  const values = {
    id: isInstagram && read.path === '/me' ? account.appScopedId : account.id,
    username: account.username,
    name: account.name,
    ig_id: Number(account.appScopedId),
    media_count: holdings.mediaCount(),
    followers_count: 1284,
    follows_count: 311,
    biography: 'A stand-in, for trying things out.',
    website: undefined,
    profile_picture_url: undefined,
    media: expanded('media'),
    stories: expanded('stories'),
    ...(isInstagram && { user_id: account.id, account_type: accountType }),
  };
  return chosen(values, read.fields, isInstagram ? 'IGUser' : 'ShadowIGUser');
}
