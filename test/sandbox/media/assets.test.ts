import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { demoPosts, demoStories } from '../../../src/sandbox/demo/demo-feed.ts';
import { createMediaFiles } from '../../../src/sandbox/media/media-files.ts';
import { coverOf, isVideo, itemsOf, mediaOf } from '../../../src/sandbox/post.ts';
import type { SandboxMedia } from '../../../src/sandbox/server.ts';

const FOLDER = 'src/sandbox/media/assets';
const files = createMediaFiles();
const bytesOf = (media: SandboxMedia) => Buffer.concat([...files(media).chunks()]);
const days = Array.from({ length: 12 }, (_, hour) => demoStories(new Date(Date.UTC(2026, 10, 20, hour * 8))));
const items = [...demoPosts(), ...days.flat()].flatMap(itemsOf);
const media = [...items.map(mediaOf), ...items.filter(isVideo).map(coverOf)];
const hasFfprobe = spawnSync('ffprobe', ['-version']).status === 0;

test('the assets take less than 1.5 MB, and the demo shows all of them', () => {
  const names = readdirSync(FOLDER);
  expect(names.reduce((sum, name) => sum + statSync(join(FOLDER, name)).size, 0)).toBeLessThan(1_500_000);
  const shown = media.map(({ asset, type }) => `${asset}.${type === 'jpeg' ? 'jpg' : type}`);
  expect(names.filter((name) => name !== 'small.mp4' && !shown.includes(name))).toEqual([]);
});

test('each picture and each cover of the demo decodes, in each look', async () => {
  const distinct = new Map(media.map((one) => [`${one.asset} ${one.look} ${one.type}`, one]));
  for (const one of distinct.values()) {
    if (one.type === 'mp4') continue;
    const { info } = await sharp(bytesOf(one), { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
    expect(Math.min(info.width, info.height), one.asset).toBeGreaterThan(300);
  }
});

test('a look changes the colours of a picture, and nothing else', async () => {
  const saturation = async (one: SandboxMedia) => {
    const [red, green, blue] = (await sharp(bytesOf(one)).stats()).channels;
    return Math.abs((red?.mean ?? 0) - (blue?.mean ?? 0)) + Math.abs((red?.mean ?? 0) - (green?.mean ?? 0));
  };
  const poppies = { seed: 1, type: 'jpeg', asset: 'poppies' } as const;
  const [full, muted, mono] = [
    await saturation(poppies),
    await saturation({ ...poppies, look: 'muted' }),
    await saturation({ ...poppies, look: 'mono' }),
  ];
  expect(muted).toBeLessThan(full * 0.8);
  expect(mono).toBeLessThan(full * 0.2);
});

test.skipIf(!hasFfprobe)('each clip decodes from its first frame to its last', () => {
  const clips = new Map(media.filter(({ type }) => type === 'mp4').map((one) => [one.asset, one]));
  const generated = { seed: 1, type: 'mp4', width: 96, height: 64, seconds: 2 } as const;
  for (const clip of [...clips.values(), generated]) {
    const input = bytesOf(clip);
    const shown = execFileSync(
      'ffprobe',
      [
        '-v',
        'error',
        '-count_frames',
        '-show_entries',
        'stream=codec_name,pix_fmt,nb_frames,nb_read_frames,duration',
        '-of',
        'json',
        '-i',
        'pipe:0',
      ],
      { input },
    );
    const [stream] = JSON.parse(shown.toString()).streams;
    expect(stream).toMatchObject({ codec_name: 'h264', pix_fmt: 'yuv420p', nb_read_frames: stream.nb_frames });
    expect(Number(stream.duration)).toBeGreaterThanOrEqual(2);
  }
});

test('no two files of the demo have the same bytes, and no two posts show the same picture', () => {
  const feed = demoPosts().flatMap(itemsOf);
  const hashes = [...feed.map(mediaOf), ...feed.filter(isVideo).map(coverOf)].map((one) => files(one).sha256);
  expect(new Set(hashes).size).toBe(hashes.length);
  const tiles = demoPosts().flatMap((post) => {
    const { asset, look = 'colour' } = mediaOf(post);
    return isVideo(post) ? [] : `${asset} ${look}`;
  });
  expect(new Set(tiles).size).toBe(tiles.length);
});
