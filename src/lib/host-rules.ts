/**
 * A rule for hosts: a host and those under it (`cdninstagram.com`), a host with its port (`media.example:8443`), or a
 * host with its scheme (`http://127.0.0.1:8080`). Only the last allows plain http.
 */
export interface HostRule {
  readonly protocol: string;
  readonly hostname: string;
  /** Undefined: the scheme's default port, and hosts under this one too. */
  readonly port: string | undefined;
}

/** @throws {TypeError} for a text that names no host. */
export function parseHostRule(text: string): HostRule {
  const hasScheme = text.includes('://');
  const url = new URL(hasScheme ? text : `https://${text}`);
  const isBare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  if (!url.hostname || !isBare || !['http:', 'https:'].includes(url.protocol)) {
    throw new TypeError(`not a host: ${text}`);
  }
  const isExact = hasScheme || /:\d+$/.test(text);
  return { protocol: url.protocol, hostname: url.hostname, port: isExact ? url.port : undefined };
}
