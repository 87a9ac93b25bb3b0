/**
 * Passes bytes on, so many and no others.
 *
 * @param open asked when the first bytes are wanted; what it gives is closed in the end, also where the reader leaves.
 * @throws {RangeError} where there are fewer or more, as of a file that is written to meanwhile.
 */
export async function* exactBytes(open: () => AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of open()) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0)
    throw new RangeError(`a file changed while it was sent: ${Math.abs(left)} bytes too ${left > 0 ? 'few' : 'many'}`);
}
