/** Memory in blocks of one size that are used again and again: what comes and goes by the gigabyte leaves no garbage. */
export interface BlockPool {
  /** A block with anything in it; undefined if all are taken. */
  take(): Buffer | undefined;
  giveBack(blocks: readonly Buffer[]): void;
}

/** Bytes of a block. */
const BLOCK = 64 * 1024;

/** @param bytes in all blocks together, at most; they are made when they are first needed. */
export function createBlockPool(bytes: number): BlockPool {
  const free: Buffer[] = [];
  let unmade = Math.floor(bytes / BLOCK);
  return {
    take() {
      const block = free.pop();
      if (block || unmade === 0) return block;
      unmade -= 1;
      return Buffer.allocUnsafeSlow(BLOCK);
    },
    giveBack(blocks) {
      free.push(...blocks);
    },
  };
}
