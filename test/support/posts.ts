import type { SandboxPost } from '../../src/sandbox/server.ts';

// Small posts for tests, whose id and time follow from their number.

/** Noon of the given day of 2026, in Instagram's format. */
export const noon = (day: number): string =>
  new Date(Date.UTC(2026, 0, day, 12)).toISOString().replace('.000Z', '+0000');

export const idOf = (day: number): string => `180000000000${String(day).padStart(5, '0')}`;

/** A small image, so that tests transfer few bytes. */
const small = (day: number) => ({ seed: day, width: 64, height: 64 });

export const image = (day: number, more: Partial<SandboxPost> = {}): SandboxPost => ({
  id: idOf(day),
  mediaType: 'IMAGE',
  productType: 'FEED',
  caption: `Day ${day}`,
  timestamp: noon(day),
  likeCount: day,
  commentsCount: 1,
  media: small(day),
  ...more,
});

export const video = (day: number, more: Partial<SandboxPost> = {}): SandboxPost => ({
  ...image(day),
  mediaType: 'VIDEO',
  productType: 'REELS',
  media: { seed: day, width: 64, height: 64, seconds: 1 },
  ...more,
});

/** An album of images, with a video as its last child. */
export const album = (day: number, children = 3, more: Partial<SandboxPost> = {}): SandboxPost => ({
  ...image(day),
  mediaType: 'CAROUSEL_ALBUM',
  children: Array.from({ length: children }, (_, index) => {
    const { caption: _caption, ...child } = (index === children - 1 ? video : image)(day);
    return { ...child, id: childId(day, index + 1), media: { ...child.media, seed: `${day}/${index}` } };
  }),
  ...more,
});

export const childId = (day: number, position: number): string =>
  `179${idOf(day).slice(3, 14)}${String(position).padStart(3, '0')}${String(day).padStart(3, '0')}`;

/** Images of the days from `newest` down to 1. */
export const images = (newest: number): SandboxPost[] =>
  Array.from({ length: newest }, (_, index) => image(newest - index));
