/** How often a run does what it does beside its work, in milliseconds. */
export interface Paces {
  /** A run writes its progress, and looks whether it was cancelled. */
  readonly progress: number;
  /** A run shows that it is alive. */
  readonly heartbeat: number;
  /** A run whose events nobody begins to read within this time ends. */
  readonly patience: number;
}

export const PACES: Paces = { progress: 1000, heartbeat: 10_000, patience: 10 * 60_000 };
