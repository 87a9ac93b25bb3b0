/** Values that addresses and requests have in common. The page imports this file too, so it must not load zod. */
export const POST_KINDS = ['image', 'video', 'reel', 'album', 'story'] as const;
export type PostKind = (typeof POST_KINDS)[number];

/** Filters: posts with missing items, and posts of which only a video's still image was saved. */
export const POST_STATES = ['missing', 'poster'] as const;

export const POST_ORDERS = ['newest', 'likes'] as const;
export type PostOrder = (typeof POST_ORDERS)[number];

/** The most posts in one download. */
export const MAX_DOWNLOAD_POSTS = 5000;

export const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
export const INSTAGRAM_ID = /^\d{1,32}$/;
/** Days such as 2025-02-31 match too. */
export const DAY = /^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
/** Without its #. */
export const HASHTAG = /^[\p{L}\p{N}\p{M}_]{1,100}$/u;
