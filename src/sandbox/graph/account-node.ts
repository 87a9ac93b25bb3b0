import type { ReadRequest } from './graph-request.ts';
import type { Listing } from './listing.ts';
import { type Node, pickFields } from './media-node.ts';
import type { Profile } from './profiles.ts';

/** An Instagram account as a node; its lists can be expanded in it. */
export function accountNode(
  read: ReadRequest,
  { account, accountType, accountMedia }: Profile,
  listing: Listing,
): Node {
  const isInstagram = read.flavour === 'instagram';
  const expanded = (name: 'media' | 'stories') => {
    const field = read.fields.find((asked) => asked.name === name);
    const path = `/${account.id}/${name}`;
    const query = new URLSearchParams(field?.modifiers ?? {});
    const posts = name === 'media' ? accountMedia.feed() : accountMedia.stories();
    return field && listing({ ...read, path, query, fields: field.fields ?? [] }, { account, posts, path });
  };
  const values = {
    id: isInstagram && read.path === '/me' ? account.appScopedId : account.id,
    username: account.username,
    name: account.name,
    ig_id: Number(account.appScopedId),
    media_count: accountMedia.mediaCount(),
    followers_count: 1284,
    follows_count: 311,
    biography: 'A stand-in, for trying things out.',
    website: undefined,
    profile_picture_url: undefined,
    media: expanded('media'),
    stories: expanded('stories'),
    ...(isInstagram && { user_id: account.id, account_type: accountType }),
  };
  return pickFields(values, read.fields, isInstagram ? 'IGUser' : 'ShadowIGUser');
}
