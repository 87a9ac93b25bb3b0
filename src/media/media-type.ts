/** What a backfill can ask for: posts of the feed, live stories, or both. */
export const MEDIA_TYPES = ['feed', 'stories', 'both'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];
