import { BackfillError } from '../errors.ts';
import type { MediaId } from './item.ts';

/** Adds the id of the item to an error of the file store, which knows files and no items. */
export function namingItem(error: unknown, instagramMediaId: MediaId): unknown {
  if (!(error instanceof BackfillError) || error.instagramMediaId !== undefined) return error;
  return new BackfillError(error.message, {
    instagramMediaId,
    cause: error,
    ...(error.hint ? { hint: error.hint } : {}),
  });
}
