/** The address as Telegram stores it; undefined if it does not look like one (tdlib, LinkManager::get_checked_link). */
export function checkedLink(url: string): string | undefined {
  if (/^(tg|ton|tonsite):/i.test(url)) return url;
  try {
    const { protocol, hostname, href } = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`);
    return /^https?:$/.test(protocol) && /^[^.\s]+(\.[^.\s]+)+$/.test(hostname) ? href : undefined;
  } catch {
    return undefined;
  }
}
