import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 to prefer a small heap over speed for the rest of the process (docs/decisions/small-heap.md). To be called before
 * much is allocated: V8 does not expect its flags to change later.
 */
export function preferSmallHeap(): void {
  setFlagsFromString('--optimize-for-size');
  // The young generation keeps its first size, 1 MiB: most of what a download allocates is garbage by then.
  setFlagsFromString('--semi-space-growth-factor=1');
}
