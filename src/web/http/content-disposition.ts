/** A `Content-Disposition` header with a file name: in ASCII for old clients, and as it is (RFC 6266, RFC 8187). */
export function contentDisposition(kind: 'inline' | 'attachment', fileName: string): string {
  const whole = fileName.replace(/\p{Surrogate}/gu, '\ufffd');
  const plain = whole.replace(/[^\x20-\x7e]|["\\%]/gu, '_');
  const encoded = encodeURIComponent(whole).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"${plain === whole ? '' : `; filename*=UTF-8''${encoded}`}`;
}
