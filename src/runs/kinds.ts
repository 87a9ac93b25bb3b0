import type { JsonObject } from '../db/schema.ts';

/** A kind of run: how its rows in `service_runs` are named, and the words for it. */
export interface RunKind<Name extends string = string> {
  readonly name: Name;
  /** Of this kind alone. */
  readonly service: string;
  readonly method: string;
  /** Such as `A backfill of this account`. */
  readonly title: string;
  /** How to watch a run of this kind, as a sentence's beginning. */
  readonly watchHint: string;
  /**
   * Recognises this program's own rows by their input, for a kind whose rows do not carry its name. Rows of all other
   * kinds carry it as `kind`, and their subject.
   */
  readonly isOurs?: (input: JsonObject) => boolean;
}

/** What the rows of a kind hold as JSON. */
export interface RunTypes {
  readonly input: object;
  readonly progress: object;
  readonly result: object;
}

/** The kinds there are, by name. */
export type Kinds = { readonly [name: string]: RunTypes };

export type KindTable<K extends Kinds> = { readonly [Name in keyof K & string]: RunKind<Name> };

/** What the row of a run keeps as its input. */
export const storedInput = (kind: RunKind, subject: string, input: object): JsonObject =>
  kind.isOurs ? { ...input } : { kind: kind.name, subject, ...input };

/** Whether this program began a run, judging by its input: other programs may use the same service name. */
export function isOurs(kind: RunKind, input: unknown): boolean {
  if (typeof input !== 'object' || input === null) return false;
  return kind.isOurs ? kind.isOurs(input as JsonObject) : (input as JsonObject).kind === kind.name;
}
