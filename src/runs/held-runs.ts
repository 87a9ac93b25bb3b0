/**
 * The runs whose lock this process holds. That the process lives says nothing of a lock that names it: a run may have
 * ended without being able to delete its row.
 */
const held = new Set<string>();

/** To be called before the lock's row is written: a reader of the row must find the run here. */
export const noteHeld = (runId: string): void => void held.add(runId);

/** To be called before the lock's row is deleted: from now on it keeps nobody out. */
export const noteReleased = (runId: string): void => void held.delete(runId);

export const isHeldHere = (runId: string | null): boolean => runId !== null && held.has(runId);
