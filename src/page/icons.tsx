import type { PostKind } from '../contract/values.ts';

/** Icons of 24 by 24 pixels, drawn as lines in the text colour. Their meaning is always given in words too. */
const SHAPES = {
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 20 20',
  close: 'M6 6l12 12M18 6 6 18',
  left: 'M14.5 5.5 8 12l6.5 6.5',
  right: 'M9.5 5.5 16 12l-6.5 6.5',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  filter: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 4.8v4.4M8 14.8v4.4',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  heart: 'M12 19.5C5 15 3.5 11.5 3.5 9A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8.5 2c0 2.5-1.5 6-8.5 10.5z',
  comment: 'M4.5 5.5h15v11H11l-4.5 3.5v-3.5h-2z',
  link: 'M13 5h6v6M19 5l-9 9M16 14v5H5V8h5',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.300 5.300l1.4 1.4M17.300 17.300l1.4 1.4M18.700 5.300l-1.4 1.4M6.700 17.300l-1.4 1.4',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
  system: 'M4 5h16v11H4zM9 20h6M12 16v4',
  keyboard: 'M3 6.5h18v11H3zM6.5 10h.01M10 10h.01M14 10h.01M17.5 10h.01M7.5 14h9',
  logout: 'M14 4H5v16h9M10 12h11M17.5 8.5 21 12l-3.5 3.5',
  gallery: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  runs: 'M20 12a8 8 0 1 1-2.5-5.8M20 3.5v4.5h-4.5',
  library: 'M4 20V10M10 20V4M16 20v-7M22 20H2',
  accounts: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5',
  warning: 'M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.200v.1',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15.5 8.5v.1',
  video: 'M4 6h11v12H4zM15 10.5l5-3v9l-5-3',
  reel: 'M4 4h16v16H4zM4 9h16M9 4 7.5 9M15.5 4 14 9M10.5 12v5l4-2.5z',
  album: 'M8 4h12v12H8zM4 8v12h12',
  story: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 8v8M8 12h8',
  play: 'M8 5.5v13l10.5-6.5z',
  partial: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 4v16',
  missing: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M6.5 6.5l11 11',
  poster: 'M4 6h16v12H4zM10 9.5v5l4-2.5zM3 3l18 18',
} as const;

export type IconName = keyof typeof SHAPES;

export const Icon = ({ name, size = 20 }: { name: IconName; size?: number }) => (
  <svg class={`icon icon-${name}`} viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
    <path d={SHAPES[name]} />
  </svg>
);

export const KIND_ICONS: Readonly<Record<PostKind, IconName>> = {
  image: 'image',
  video: 'play',
  reel: 'reel',
  album: 'album',
  story: 'story',
};

export const Logo = () => (
  <svg class="logo" viewBox="0 0 64 64" width="28" height="28" aria-hidden="true" focusable="false">
    <rect width="64" height="64" rx="15" class="logo-ground" />
    <path d="M32 20H22a6 6 0 0 0 0 12h20a6 6 0 0 1 0 12H20" class="logo-line" />
    <rect x="32" y="11" width="18" height="18" rx="5.5" class="logo-tile" />
    <rect x="14" y="35" width="18" height="18" rx="5.5" class="logo-tile-now" />
  </svg>
);
