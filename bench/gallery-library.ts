import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open.ts';
import type { NewRow } from '../src/db/schema.ts';

/** Pictures that differ; the library's files are links to them, under names and hashes of their own. */
const PICTURES = 60;
/** Pixels, as Instagram keeps an upright picture. */
const SIZE = { width: 1080, height: 1350 };
/** Posts whose rows are written at once. */
const BATCH = 1000;
const YEARS = 10;
const ACCOUNT = '00000000-0000-4000-8000-000000000001';
const WORDS =
  'morgenlicht over the harbour blue hour walk quiet streets warm coffee before rain falls studio new'.split(' ');

/**
 * Fills a home with the library of ten years: a quarter of the posts albums of two to four, a fifth videos without a file
 * that plays, the rest pictures; all with captions and hashtags.
 */
export async function makeGalleryLibrary(home: string, posts: number, different = PICTURES): Promise<void> {
  const folder = join(home, 'media', 'instagram_backfill');
  await mkdir(folder, { recursive: true });
  const pictures = await drawPictures(join(home, 'pictures'), different);
  const db = await openDatabase({ kind: 'sqlite', path: join(home, 'storyline.db') });
  try {
    await migrate(db);
    const now = new Date();
    await db.query
      .insertInto('instagram_accounts')
      .values({
        id: ACCOUNT,
        display_name: 'Studio',
        instagram_account_id: '17841400000000001',
        instagram_username: 'studio',
      })
      .execute();
    const step = (YEARS * 365.25 * 24 * 3600 * 1000) / posts;
    for (let from = 0; from < posts; from += BATCH) {
      const made = Array.from({ length: Math.min(BATCH, posts - from) }, (_, at) => {
        const number = from + at;
        return post(number, new Date(now.getTime() - number * step), { folder, pictures });
      });
      await db.query.transaction().execute(async (transaction) => {
        for (const some of slices(
          made.map(({ row }) => row),
          200,
        ))
          await transaction.insertInto('instagram_posts').values(some).execute();
        for (const some of slices(
          made.flatMap(({ media }) => media),
          200,
        ))
          await transaction.insertInto('media_items').values(some).execute();
        for (const some of slices(
          made.flatMap(({ items }) => items),
          200,
        ))
          await transaction.insertInto('instagram_items').values(some).execute();
      });
      await Promise.all(made.flatMap(({ links }) => links.map(({ from: source, to }) => link(source, to))));
    }
  } finally {
    await db.close();
  }
}

interface Picture {
  readonly path: string;
  readonly size: number;
}

/** Pictures as hard to compress as photographs: a gradient, shapes and grain. */
async function drawPictures(folder: string, count: number): Promise<Picture[]> {
  await mkdir(folder, { recursive: true });
  const { width, height } = SIZE;
  const pictures: Picture[] = [];
  for (let n = 0; n < count; n += 1) {
    const hue = (n * 47) % 360;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="hsl(${hue} 60% 70%)"/><stop offset="1" stop-color="hsl(${(hue + 60) % 360} 50% 30%)"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/><circle cx="${(n * 211) % width}" cy="${(n * 389) % height}" r="${180 + (n % 7) * 40}" fill="hsl(${(hue + 180) % 360} 70% 60%)"/></svg>`;
    const grain = await sharp({
      create: { width, height, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 22 } },
    })
      .png()
      .toBuffer();
    const bytes = await sharp(Buffer.from(svg))
      .composite([{ input: grain, blend: 'soft-light' }])
      .jpeg({ quality: 82 })
      .toBuffer();
    const path = join(folder, `${n}.jpg`);
    await writeFile(path, bytes);
    pictures.push({ path, size: bytes.length });
  }
  return pictures;
}

interface Places {
  readonly folder: string;
  readonly pictures: readonly Picture[];
}

function post(number: number, postedAt: Date, { folder, pictures }: Places) {
  const id = String(18_000_000_000_000 + number);
  const isAlbum = number % 4 === 0;
  const isVideo = !isAlbum && number % 5 === 0;
  const count = isAlbum ? 2 + (number % 3) : 1;
  const row: NewRow<'instagram_posts'> = {
    instagram_media_id: id,
    account_id: ACCOUNT,
    source: number % 97 === 0 ? 'stories' : 'feed',
    media_type: isAlbum ? 'CAROUSEL_ALBUM' : isVideo ? 'VIDEO' : 'IMAGE',
    product_type: isVideo && number % 2 === 0 ? 'REELS' : 'FEED',
    caption: captionOf(number),
    permalink: `https://www.instagram.com/p/B${number}/`,
    shortcode: `B${number}`,
    username: 'studio',
    posted_at: postedAt,
    like_count: (number * 7919) % 5000,
    comments_count: number % 80,
    is_shared_to_feed: true,
    item_count: count,
  };
  const files = Array.from({ length: count }, (_, at) => {
    const picture = pictures[(number * 3 + at) % pictures.length];
    if (!picture) throw new Error('there are no pictures');
    const itemId = isAlbum ? `${id}${at}` : id;
    const name = `${itemId}.jpg`;
    return { itemId, name, picture, position: at + 1, media: randomUUID() };
  });
  const media = files.map(
    ({ itemId, name, picture, media: mediaId }): NewRow<'media_items'> => ({
      id: mediaId,
      file_path: join(folder, name),
      file_name: name,
      file_size: picture.size,
      file_hash: createHash('sha256').update(itemId).digest('hex'),
      mime_type: 'image/jpeg',
      category: 'instagram_backfill',
      source_type: 'instagram_backfill',
      source_identifier: itemId,
      instagram_media_id: itemId,
      caption: row.caption ?? null,
      last_posted_at: postedAt,
      backfilled_at: postedAt,
    }),
  );
  const items = files.map(
    ({ itemId, position, media: mediaId }): NewRow<'instagram_items'> => ({
      instagram_media_id: itemId,
      post_id: id,
      position,
      media_type: isVideo ? 'VIDEO' : 'IMAGE',
      alt_text: null,
      posted_at: postedAt,
      media_item_id: mediaId,
      is_poster: isVideo,
      run_id: null,
      failure: null,
      failure_type: null,
      failed_at: null,
    }),
  );
  return {
    row,
    media,
    items,
    links: files.map(({ picture, name }) => ({ from: picture.path, to: join(folder, name) })),
  };
}

function captionOf(number: number): string {
  const words = Array.from({ length: 20 }, (_, at) => WORDS[(number * (2 * at + 3) + at) % WORDS.length]);
  return `${words.join(' ')}\n\n#studio #day${number % 400}${number % 10_000 === 77 ? ' lighthouse' : ''}`;
}

function* slices<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
