/** How often the server does what it repeats, in milliseconds. */
export interface Paces {
  /** Looking for changes of the runs in progress, while a page listens. */
  readonly runs: number;
  /** Sending a comment on an idle event stream: a dead connection shows only when something is sent. */
  readonly ping: number;
}

export const PACES: Paces = { runs: 1000, ping: 15_000 };
