import { UsageError } from '../../errors.ts';
import type { MediaId } from '../../media/item.ts';
import type { MediaType } from '../../media/media-type.ts';
import type { TriggeredBy } from '../../runs/records.ts';

/** A backfill as people ask for it. */
export interface StartRequest {
  /** UUID, `@username` or Meta's id; undefined for the active account. */
  readonly account?: string | undefined;
  readonly mediaType: MediaType;
  readonly collaborations: boolean;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly limit?: number | undefined;
  readonly dryRun: boolean;
  readonly incremental: boolean;
  /** Only the items that failed in earlier runs. */
  readonly retryFailed: boolean;
  /** Only these items, replacing what the library has of them: from their posts, or without `retryFailed` by a walk. */
  readonly damaged?: ReadonlySet<MediaId> | undefined;
  /** With `damaged`: videos whose covers are downloaded again. */
  readonly covers?: ReadonlySet<MediaId> | undefined;
  /** Parallel downloads; undefined to adapt them to the connection. */
  readonly concurrency?: number | undefined;
  /** On a rate limit, wait until it resets, then continue. */
  readonly wait: boolean;
  readonly triggeredBy: TriggeredBy;
}

type Choices = Pick<StartRequest, 'since' | 'until' | 'retryFailed' | 'incremental' | 'collaborations'> & {
  /** Undefined if nobody chose one. */
  readonly mediaType?: MediaType | undefined;
};

/** Refuses choices that cannot be combined. @throws {UsageError} in words of every front end. */
export function checkRequest({ since, until, retryFailed, incremental, collaborations, mediaType }: Choices): void {
  if (since && until && since >= until) throw new UsageError('since must be a day before until');
  if (retryFailed && (incremental || collaborations || mediaType)) {
    throw new UsageError('Retrying failed items cannot be combined with a media type, incremental or collaborations', {
      hint: 'It retries what failed before, whatever listing it was in. Leave the other choices out.',
    });
  }
}
