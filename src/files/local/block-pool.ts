/** Memory in reusable blocks: gigabytes pass through it without leaving garbage. */
export interface BlockPool {
  /** A block with undefined content; undefined if all are in use. */
  take(): Buffer | undefined;
  giveBack(blocks: readonly Buffer[]): void;
}

/** Bytes of a block. */
const BLOCK = 64 * 1024;

/** @param bytes maximum size of all blocks together; they are allocated on first use. */
export function createBlockPool(bytes: number): BlockPool {
  const free: Buffer[] = [];
  let unallocated = Math.floor(bytes / BLOCK);
  return {
    take() {
      const block = free.pop();
      if (block || unallocated === 0) return block;
      unallocated -= 1;
      return Buffer.allocUnsafeSlow(BLOCK);
    },
    giveBack(blocks) {
      free.push(...blocks);
    },
  };
}

/** Data in blocks of a pool, waiting to be written. */
export function createBuffer(pool: BlockPool) {
  let blocks: Buffer[] = [];
  let size = 0;
  /** Free bytes at the end of the last block. */
  let room = 0;
  return {
    size: () => size,
    /** Copies the chunk; returns the rest if the pool is empty. */
    add(chunk: Uint8Array): Uint8Array | undefined {
      let rest = chunk;
      while (rest.length > 0) {
        const block = room > 0 ? blocks.at(-1) : pool.take();
        if (!block) return rest;
        if (room === 0) {
          blocks.push(block);
          room = block.length;
        }
        const taken = rest.subarray(0, room);
        block.set(taken, block.length - room);
        room -= taken.length;
        size += taken.length;
        rest = rest.subarray(taken.length);
      }
      return undefined;
    },
    parts: (): Uint8Array[] =>
      blocks.map((block, index) => (index < blocks.length - 1 ? block : block.subarray(0, block.length - room))),
    clear(): void {
      pool.giveBack(blocks);
      blocks = [];
      size = 0;
      room = 0;
    },
  };
}
