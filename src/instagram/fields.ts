import { InstagramApiError } from '../errors.ts';

/** Without these no item can be kept. */
const NEEDED = ['id', 'media_type', 'media_url', 'thumbnail_url', 'timestamp'];
/** A flavour or a version of the API may refuse some of these; the walk goes on without them. */
const POST_FACTS = [
  'media_product_type',
  'caption',
  'permalink',
  'shortcode',
  'username',
  'alt_text',
  'like_count',
  'comments_count',
  'is_shared_to_feed',
];
const CHILD_FACTS = ['permalink', 'shortcode', 'alt_text'];

/** Which fields are asked for: all, less those that were refused. */
export interface Fields {
  /** Of a post, with its children unless it can have none: they come with the page and not by a call each. */
  ofPosts(options: { children: boolean }): string;
  ofChildren(): string;
  /** Leaves out the fields that an error refuses; false where it is about something else. */
  leaveOut(error: unknown): boolean;
}

/** Meta's code for an invalid parameter. */
const INVALID_PARAMETER = 100;
const MISSING_OBJECT = 33;

export function createFields(): Fields {
  const refused = new Set<string>();
  const allowed = (names: readonly string[]) => names.filter((name) => !refused.has(name));
  const ofChildren = () => [...NEEDED, ...allowed(CHILD_FACTS)].join(',');
  return {
    ofChildren,
    ofPosts: ({ children }) =>
      [...NEEDED, ...allowed(POST_FACTS), ...(children ? [`children{${ofChildren()}}`] : [])].join(','),
    leaveOut(error) {
      if (!(error instanceof InstagramApiError) || error.code !== INVALID_PARAMETER) return false;
      if (error.subcode === MISSING_OBJECT || !/field/i.test(error.message)) return false;
      const left = allowed([...new Set([...POST_FACTS, ...CHILD_FACTS])]);
      const named = left.filter((name) => new RegExp(`\\b${name}\\b`).test(error.message));
      // Where the answer names none of ours, all that can be done without is left out.
      for (const name of named.length > 0 ? named : left) refused.add(name);
      return left.length > 0;
    },
  };
}
