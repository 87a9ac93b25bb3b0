import { crc32 } from 'node:zlib';

/** The files of a ZIP by their names, in the order of its directory; throws where it is not sound to the byte. */
export function readZip(zip: Buffer): Map<string, Buffer> {
  const end = zip.length - 22;
  const must = (isSo: boolean, what: string) => {
    if (!isSo) throw new Error(`the ZIP is broken: ${what}`);
  };
  must(zip.readUInt32LE(end) === 0x06054b50, 'it does not end with its end');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  must(at + zip.readUInt32LE(end + 12) === end, 'its directory is not where it should be');
  let next = 0;
  const files = new Map<string, Buffer>();
  for (let index = 0; index < count; index += 1) {
    must(zip.readUInt32LE(at) === 0x02014b50, 'no entry where one should be');
    const [crc, packed, size] = [zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 24)];
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    must(local === next && zip.readUInt32LE(local) === 0x04034b50, `${name} is not where it should be`);
    must(zip.toString('utf8', local + 30, local + 30 + zip.readUInt16LE(local + 26)) === name, `${name} has two names`);
    must((zip.readUInt16LE(at + 8) & 0x800) !== 0, `${name} is not said to be UTF-8`);
    must(zip.readUInt16LE(at + 10) === 0 && packed === size, `${name} is not stored as it is`);
    const start = local + 30 + nameLength + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + size);
    must(crc32(bytes) === crc, `${name} has another checksum`);
    must(!files.has(name), `${name} is there twice`);
    files.set(name, bytes);
    next = start + size + 16;
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  must(at === end, 'there is more in its directory than it says');
  return files;
}
