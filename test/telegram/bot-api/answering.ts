import type { Upload } from './body.ts';
import type { Params } from './params.ts';
import type { World } from './world.ts';

/** A method of the Bot API: gives its result, or throws a Refusal. */
export type Answering = (call: {
  readonly world: World;
  readonly params: Params;
  readonly files: ReadonlyMap<string, Upload>;
}) => unknown;
