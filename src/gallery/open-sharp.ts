import type Sharp from 'sharp';
import { StorylineError } from '../errors.ts';

/** Larger images are not decoded: they would need gigabytes of memory. */
export const MAX_PIXELS = 100_000_000;

/**
 * Loads sharp on first use, since that takes a moment. Each image uses one core, and nothing is cached.
 *
 * @throws {StorylineError} if sharp is not installed for this platform.
 */
export async function openSharp(): Promise<typeof Sharp> {
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new StorylineError('Images cannot be measured or resized: the package sharp does not load on this machine', {
      hint: 'Reinstall the program on this machine.',
      cause,
    });
  });
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}
