/** Which of an account's listings a backfill reads. */
export const MEDIA_TYPES = ['feed', 'stories', 'both'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];
