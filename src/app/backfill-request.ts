import { UsageError } from '../errors.ts';
import type { MediaType } from '../media/media-type.ts';
import type { StartRequest } from './backfill.ts';

type Wishes = Pick<StartRequest, 'since' | 'until' | 'retryFailed' | 'incremental' | 'collaborations'> & {
  /** Absent where nobody chose one. */
  readonly mediaType?: MediaType | undefined;
};

/** Says what does not go together, in words of every face. @throws {UsageError} */
export function checkWishes({ since, until, retryFailed, incremental, collaborations, mediaType }: Wishes): void {
  if (since && until && since >= until) throw new UsageError('since must be a day before until');
  if (retryFailed && (incremental || collaborations || mediaType)) {
    throw new UsageError('Trying again asks for what failed before, wherever it was listed', {
      hint: 'Choose with it neither a media type, nor new posts only (incremental), nor collaborations.',
    });
  }
}
