import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Served } from './feed-server.ts';
import { type Measured, measure } from './measure.ts';

/** A file that Instagram gives: an item, or a video's cover. */
export interface Address {
  readonly name: string;
  readonly url: string;
}

/** Downloads at once, for each of the peers. */
export const AT_ONCE = 16;

const FIELDS = 'id,media_type,media_url,thumbnail_url';

interface Node {
  readonly id: string;
  readonly media_type: string;
  readonly media_url: string;
  readonly thumbnail_url?: string;
  readonly children?: { readonly data: readonly Node[] };
}

/** Every file that a backfill would fetch, as the API gives it now. */
export async function listAddresses({ facebookBaseUrl, account, tokens }: Served): Promise<Address[]> {
  const found: Address[] = [];
  let after: string | undefined;
  do {
    const query = new URLSearchParams({ fields: `${FIELDS},children{${FIELDS}}`, limit: '100' });
    if (after) query.set('after', after);
    const answer = await fetch(`${facebookBaseUrl}/v25.0/${account.id}/media?${query}`, {
      headers: { authorization: `Bearer ${tokens.facebook}` },
    });
    const page = (await answer.json()) as {
      data: readonly Node[];
      paging?: { cursors?: { after?: string }; next?: string };
    };
    for (const node of page.data.flatMap((post) => post.children?.data ?? [post])) {
      found.push({ name: node.id, url: node.media_url });
      if (node.thumbnail_url) found.push({ name: `${node.id}.cover`, url: node.thumbnail_url });
    }
    after = page.paging?.next && page.paging.cursors?.after;
  } while (after);
  return found;
}

type Download = (addresses: readonly Address[], folder: string) => Promise<Measured>;

export const curl: Download = async (addresses, folder) => {
  await mkdir(folder);
  const list = join(folder, 'curl.txt');
  await writeFile(list, addresses.map(({ name, url }) => `url = "${url}"\noutput = "${name}"\n`).join(''));
  const args = ['--disable', '--silent', '--show-error', '--fail', '--parallel', '--parallel-max', String(AT_ONCE)];
  return measure({ program: 'curl', args: [...args, '--config', list], folder });
};

export const aria2c: Download = async (addresses, folder) => {
  await mkdir(folder);
  const list = join(folder, 'aria2.txt');
  await writeFile(list, addresses.map(({ name, url }) => `${url}\n out=${name}\n`).join(''));
  // It would write each file's bytes twice: as zeros before the download.
  const quiet = ['--no-conf', '--quiet', '--file-allocation=none'];
  return measure({ program: 'aria2c', args: [...quiet, `-j${AT_ONCE}`, '-x1', '-i', list], folder });
};
