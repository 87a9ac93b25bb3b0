import { BackfillError } from '../errors.ts';
import type { MediaId } from '../media/item.ts';

/** An error of the storage's, which knows no items, with the id of the item that it costs. */
export function namingItem(error: unknown, instagramMediaId: MediaId): unknown {
  if (!(error instanceof BackfillError) || error.instagramMediaId !== undefined) return error;
  return new BackfillError(error.message, {
    instagramMediaId,
    cause: error,
    ...(error.hint ? { hint: error.hint } : {}),
  });
}
