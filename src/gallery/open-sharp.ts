import type Sharp from 'sharp';
import { StorylineError } from '../errors.ts';

/** The most pixels of a picture that is decoded: what is beyond would take gigabytes. */
export const MOST_PIXELS = 100_000_000;

/**
 * Loads the library for pictures when it is first wanted, since that takes a moment. One core for each picture, and
 * nothing kept of those that are done.
 *
 * @throws {StorylineError} where it is not installed for this kind of machine.
 */
export async function openSharp(): Promise<typeof Sharp> {
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new StorylineError('Pictures cannot be measured or made smaller: the package sharp does not load here', {
      hint: 'Install the program again on this machine.',
      cause,
    });
  });
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}
