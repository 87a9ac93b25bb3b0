import type { Entity } from './contract.ts';

/**
 * What a link in markup becomes: a mention for tg://user?id=5, a link for what looks like an address, else nothing:
 * the text stays, the link is dropped without a word (tdlib, LinkManager::get_checked_link).
 */
export function linkEntity(url: string, offset: number, length: number): Entity | undefined {
  const id = /^tg:\/{0,2}user\?id=(\d+)$/i.exec(url)?.[1];
  if (id !== undefined) return { type: 'text_mention', offset, length, user: { id: Number(id) } };
  const checked = checkedLink(url);
  return checked === undefined ? undefined : { type: 'text_link', offset, length, url: checked };
}

export function checkedLink(url: string): string | undefined {
  if (/^(tg|ton|tonsite):/i.test(url)) return url;
  try {
    const { protocol, hostname, href } = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`);
    return /^https?:$/.test(protocol) && /^[^.\s]+(\.[^.\s]+)+$/.test(hostname) ? href : undefined;
  } catch {
    return undefined;
  }
}
