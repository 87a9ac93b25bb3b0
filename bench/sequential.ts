/**
 * The way of the plan that this program began with: pages of 25 posts, a call for each album, one download at a time, a
 * new connection for each, a question to the database for each item. `tsx bench/sequential.ts <folder> <served as JSON>`
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Libsql from 'libsql';
import { Agent, request } from 'undici';
import type { Served } from './feed-server.ts';

interface Node {
  readonly id: string;
  readonly media_type: string;
  readonly media_url?: string;
  readonly caption?: string;
  readonly timestamp?: string;
}

interface Page {
  readonly data: readonly Node[];
  readonly paging?: { readonly cursors?: { readonly after?: string }; readonly next?: string };
}

const [folder = '', json = ''] = process.argv.slice(2);
const { facebookBaseUrl, account, tokens }: Served = JSON.parse(json);
const FIELDS = 'id,media_type,media_url,caption,timestamp';

let calls = 0;
let downloaded = 0;

/** One connection for each request. */
async function get(url: string, headers: Record<string, string> = {}): Promise<Uint8Array> {
  const agent = new Agent({ pipelining: 0 });
  const { statusCode, body } = await request(url, { dispatcher: agent, headers });
  const bytes = new Uint8Array(await body.arrayBuffer());
  await agent.close();
  if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
  return bytes;
}

async function ask(path: string, params: Record<string, string>): Promise<Page> {
  calls += 1;
  const url = `${facebookBaseUrl}/v25.0/${path}?${new URLSearchParams(params)}`;
  return JSON.parse(Buffer.from(await get(url, { authorization: `Bearer ${tokens.facebook}` })).toString()) as Page;
}

const media = join(folder, 'media');
await mkdir(media, { recursive: true });
const db = new Libsql(join(folder, 'sequential.db'));
db.exec('create table media_items (id text, instagram_media_id text unique, path text, hash text, size integer)');
const known = db.prepare('select 1 from media_items where instagram_media_id = ?');
const insert = db.prepare('insert into media_items values (?, ?, ?, ?, ?)');

async function keep({ id, media_type, media_url }: Node): Promise<void> {
  if (known.get(id) || !media_url) return;
  const bytes = await get(media_url);
  const path = join(media, id + (media_type === 'VIDEO' ? '.mp4' : '.jpg'));
  await writeFile(path, bytes);
  insert.run(randomUUID(), id, path, createHash('sha256').update(bytes).digest('hex'), bytes.length);
  downloaded += 1;
}

let after: string | undefined;
do {
  const page = await ask(`${account.id}/media`, { fields: FIELDS, limit: '25', ...(after ? { after } : {}) });
  for (const post of page.data) {
    if (post.media_type !== 'CAROUSEL_ALBUM') await keep(post);
    else for (const child of (await ask(`${post.id}/children`, { fields: FIELDS })).data) await keep(child);
  }
  after = page.paging?.next && page.paging.cursors?.after;
} while (after);
process.stdout.write(JSON.stringify({ calls, downloaded }));
