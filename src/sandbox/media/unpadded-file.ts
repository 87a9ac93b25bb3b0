import type { Pieces } from './byte-pieces.ts';

/** A file in two parts, with the padding that may stand between them. */
export interface UnpaddedFile {
  readonly start: Pieces;
  readonly rest: Pieces;
  padding(count: number): Pieces;
}
