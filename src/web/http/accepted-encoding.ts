/** The best compression that an `Accept-Encoding` header allows; undefined for none. */
export function acceptedEncoding(header: string | undefined): 'br' | 'gzip' | undefined {
  const offered = new Map(
    (header ?? '').split(',').map((part) => {
      const [name = '', ...parameters] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name, quality === undefined ? 1 : Number(quality)] as const;
    }),
  );
  return (['br', 'gzip'] as const).find((name) => (offered.get(name) ?? 0) > 0);
}
