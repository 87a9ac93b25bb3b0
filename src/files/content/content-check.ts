import type { ContentType, KeptMime } from '../../media/content.ts';
import { DETECTION_BYTES, detectContent } from './detect.ts';
import {
  boxStructure,
  gifStructure,
  jpegStructure,
  pngStructure,
  riffStructure,
  type StructureCheck,
} from './structure.ts';

const STRUCTURES: Readonly<Record<KeptMime, () => StructureCheck>> = {
  'image/jpeg': jpegStructure,
  'image/png': pngStructure,
  'image/gif': gifStructure,
  'image/webp': riffStructure,
  'image/avif': boxStructure,
  'image/heic': boxStructure,
  'video/mp4': boxStructure,
  'video/quicktime': boxStructure,
};

/**
 * Detects a file's type from its first bytes, then follows its structure.
 *
 * @param expected what the file should be, if known.
 */
export function createContentCheck(expected?: ContentType['kind']) {
  let head: Uint8Array = Buffer.alloc(0);
  let type: ContentType | undefined;
  let structure: StructureCheck | undefined;
  let isDetected = false;
  const detect = () => {
    if (isDetected) return;
    isDetected = true;
    const found = detectContent(head, expected);
    type = found;
    structure = found && STRUCTURES[found.mime]();
    structure?.push(head);
    head = Buffer.alloc(0);
  };
  return {
    push(chunk: Uint8Array, size: number): void {
      if (isDetected) {
        structure?.push(chunk);
        return;
      }
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      if (size >= DETECTION_BYTES) detect();
    },
    /** Call it at the end: a file may be shorter than {@link DETECTION_BYTES}. */
    type(): ContentType | undefined {
      detect();
      return type;
    },
    /** True once this is known to be neither image nor video: the rest need not be read. */
    isRefused: () => isDetected && !type,
    /** Call it at the end: true if the file ends the way a file of its type does. */
    isComplete(): boolean {
      detect();
      return structure?.isComplete() ?? false;
    },
  };
}
