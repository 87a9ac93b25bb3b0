/** A type of file that the library keeps. */
export interface ContentType {
  readonly kind: 'image' | 'video';
  readonly mime: string;
  /** Including the dot. */
  readonly extension: string;
}

export const JPEG = { kind: 'image', mime: 'image/jpeg', extension: '.jpg' } as const satisfies ContentType;
export const PNG = { kind: 'image', mime: 'image/png', extension: '.png' } as const satisfies ContentType;
export const GIF = { kind: 'image', mime: 'image/gif', extension: '.gif' } as const satisfies ContentType;
export const WEBP = { kind: 'image', mime: 'image/webp', extension: '.webp' } as const satisfies ContentType;
export const AVIF = { kind: 'image', mime: 'image/avif', extension: '.avif' } as const satisfies ContentType;
export const HEIC = { kind: 'image', mime: 'image/heic', extension: '.heic' } as const satisfies ContentType;
export const MP4 = { kind: 'video', mime: 'video/mp4', extension: '.mp4' } as const satisfies ContentType;
export const MOV = { kind: 'video', mime: 'video/quicktime', extension: '.mov' } as const satisfies ContentType;

const TYPES = [JPEG, MP4, PNG, WEBP, HEIC, AVIF, MOV, GIF] as const;

/** The MIME types of files that the library keeps. */
export type KeptMime = (typeof TYPES)[number]['mime'];

/** Every extension a kept file can have, including the dot. */
export const EXTENSIONS: readonly string[] = TYPES.map((type) => type.extension);

/** Every MIME type a kept file can have. */
export const MIME_TYPES: ReadonlySet<string> = new Set(TYPES.map((type) => type.mime));

/** Image or video, according to a MIME type; undefined if it is neither. */
export const kindOfMime = (mime: string | null | undefined): ContentType['kind'] | undefined =>
  mime?.startsWith('image/') ? 'image' : mime?.startsWith('video/') ? 'video' : undefined;
