/** Decodes a baseline JPEG whose blocks are flat: one colour a block, as hex. What is not such a file throws. */
export function decodeFlatJpeg(bytes: Buffer): { width: number; height: number; colors: string[] } {
  if (bytes.readUInt16BE(0) !== 0xffd8 || bytes.readUInt16BE(bytes.length - 2) !== 0xffd9)
    throw new Error('not a whole JPEG');
  const tables = new Map<number, Map<string, number>>();
  let size = { width: 0, height: 0 };
  let quantiser = 0;
  for (let at = 2; ; ) {
    const marker = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    const body = bytes.subarray(at + 4, at + 2 + length);
    if (marker === 0xffdb) quantiser = body[1] ?? 0;
    if (marker === 0xffc0) size = { height: body.readUInt16BE(1), width: body.readUInt16BE(3) };
    if (marker === 0xffc4) tables.set(body[0] ?? 0, codesOf(body));
    at += 2 + length;
    if (marker === 0xffda) return { ...size, colors: colorsOf(bytes.subarray(at, -2), { tables, size, quantiser }) };
  }
}

function codesOf(body: Buffer): Map<string, number> {
  const codes = new Map<string, number>();
  let code = 0;
  let next = 17;
  for (let length = 1; length <= 16; length++, code <<= 1)
    for (let i = 0; i < (body[length] ?? 0); i++)
      codes.set((code++).toString(2).padStart(length, '0'), body[next++] ?? 0);
  return codes;
}

function colorsOf(
  scan: Buffer,
  {
    tables,
    size,
    quantiser,
  }: { tables: Map<number, Map<string, number>>; size: { width: number; height: number }; quantiser: number },
): string[] {
  const stuffed = scan.toString('hex').match(/../g) ?? [];
  const clean = stuffed.filter((byte, i) => !(byte === '00' && stuffed[i - 1] === 'ff'));
  const bits = clean.map((byte) => Number.parseInt(byte, 16).toString(2).padStart(8, '0')).join('');
  let at = 0;
  const symbol = (table: number) => {
    for (let length = 1; length <= 16; length++) {
      const found = tables.get(table)?.get(bits.slice(at, at + length));
      if (found === undefined) continue;
      at += length;
      return found;
    }
    throw new Error(`no code at bit ${at}`);
  };
  const last = [0, 0, 0];
  const sample = (component: number) => {
    const count = symbol(component === 0 ? 0x00 : 0x01);
    const value = count === 0 ? 0 : Number.parseInt(bits.slice(at, at + count), 2);
    at += count;
    last[component] = (last[component] ?? 0) + (value < 2 ** (count - 1) && count > 0 ? value - 2 ** count + 1 : value);
    if (symbol(0x10) !== 0) throw new Error('a block that is not flat');
    return ((last[component] ?? 0) * quantiser) / 8;
  };
  const hex = (value: number) =>
    Math.round(Math.min(255, Math.max(0, value)))
      .toString(16)
      .padStart(2, '0');
  const colors = Array.from({ length: Math.ceil(size.width / 8) * Math.ceil(size.height / 8) }, () => {
    const [y, cb, cr] = [sample(0) + 128, sample(1), sample(2)];
    return hex(y + 1.402 * cr) + hex(y - 0.344136 * cb - 0.714136 * cr) + hex(y + 1.772 * cb);
  });
  if (bits.length - at >= 8) throw new Error('more in the scan than blocks');
  return colors;
}
