/** Width and height of a JPEG or PNG by its headers; of other pictures that Telegram takes a guess; else nothing. */
export function imageSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.readUInt32BE(0) === 0x89504e47) return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (bytes.readUInt16BE(0) === 0xffd8) return jpegSize(bytes);
  const head = bytes.subarray(0, 12).toString('latin1');
  return /^(GIF8|BM|RIFF....WEBP)/s.test(head) ? { width: 100, height: 100 } : undefined;
}

/** The start of a frame says the size (ITU T.81, B.2.2). */
function jpegSize(bytes: Buffer) {
  for (let at = 2; at + 9 < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    if (marker < 0xff01) return undefined;
  }
  return undefined;
}
