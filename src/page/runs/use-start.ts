import { useState } from 'preact/hooks';
import type { BackfillRequest, StartedRun } from '../../contract/runs.ts';
import { type ApiError, post, problemOf } from '../api.ts';
import { go } from '../navigation.ts';

const openRun = (id: string) => go({ route: { page: 'run', id } });

/** Starts a run and, by default, opens its page. If it is refused, `problem` says why. */
export function useStart(started: (id: string) => void = openRun) {
  const [isStarting, setStarting] = useState(false);
  const [problem, setProblem] = useState<ApiError>();
  async function start(request: BackfillRequest): Promise<void> {
    setStarting(true);
    setProblem(undefined);
    try {
      const { id } = await post<StartedRun>('/runs', request);
      started(id);
    } catch (error) {
      setProblem(problemOf(error));
      setStarting(false);
    }
  }
  return { start, isStarting, problem };
}
