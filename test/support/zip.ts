import { crc32 } from 'node:zlib';

/** The files of a ZIP by name, in the order of its directory. @throws if any byte of the structure is wrong. */
export function readZip(zip: Buffer): Map<string, Buffer> {
  const end = zip.length - 22;
  const must = (isTrue: boolean, what: string) => {
    if (!isTrue) throw new Error(`the ZIP is broken: ${what}`);
  };
  must(zip.readUInt32LE(end) === 0x06054b50, 'no end record');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  must(at + zip.readUInt32LE(end + 12) === end, 'wrong directory offset');
  let next = 0;
  const files = new Map<string, Buffer>();
  for (let index = 0; index < count; index += 1) {
    must(zip.readUInt32LE(at) === 0x02014b50, 'entry missing');
    const [crc, packed, size] = [zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 24)];
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    must(local === next && zip.readUInt32LE(local) === 0x04034b50, `${name} has a wrong offset`);
    must(zip.toString('utf8', local + 30, local + 30 + zip.readUInt16LE(local + 26)) === name, `${name} has two names`);
    must((zip.readUInt16LE(at + 8) & 0x800) !== 0, `${name} is not marked as UTF-8`);
    must(zip.readUInt16LE(at + 10) === 0 && packed === size, `${name} is not stored uncompressed`);
    const start = local + 30 + nameLength + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + size);
    must(crc32(bytes) === crc, `${name} has a wrong checksum`);
    must(!files.has(name), `${name} occurs twice`);
    files.set(name, bytes);
    next = start + size + 16;
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  must(at === end, 'the directory has more entries than declared');
  return files;
}
