/** How often a run does what it does besides its work, in milliseconds. */
export interface Paces {
  /** It writes its progress, and looks whether it was cancelled. */
  readonly progress: number;
  /** It shows that it is alive. */
  readonly heartbeat: number;
  /** It retries what a lost database kept it from writing in the end: the first pause, doubled each time. */
  readonly retry: number;
  /** It ends if nobody begins to read its events within this time. */
  readonly patience: number;
}

export const PACES: Paces = { progress: 1000, heartbeat: 10_000, retry: 1000, patience: 10 * 60_000 };
