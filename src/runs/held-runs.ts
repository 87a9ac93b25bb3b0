/**
 * The runs whose lock this process holds. A living process is no proof that a lock which names it is held: a run may
 * have ended without being able to delete its row.
 */
const held = new Set<string>();

/** Call it before the lock's row is written: a reader of the row must find the run here. */
export const noteHeld = (runId: string): void => void held.add(runId);

/** Call it before the lock's row is deleted: from now on the row blocks nobody. */
export const noteReleased = (runId: string): void => void held.delete(runId);

export const isHeldHere = (runId: string | null): boolean => runId !== null && held.has(runId);
