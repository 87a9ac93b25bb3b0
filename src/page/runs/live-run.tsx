import { useEffect, useRef, useState } from 'preact/hooks';
import type { Run, RunProgress } from '../../contract/runs.ts';
import { type ApiError, post, problemOf } from '../api.ts';
import { hrefOf } from '../navigation.ts';
import { Notice } from '../notice.tsx';
import { formats, words } from '../words/words.ts';
import { Facts, type Figure } from './results.tsx';
import { byText, requestText, Status } from './run-text.tsx';

/** A running backfill with its progress. */
export function LiveRun({ run }: { run: Run }) {
  const { progress } = run;
  const [isCancelled, setCancelled] = useState(run.isCancelled);
  const [problem, setProblem] = useState<ApiError>();
  const announced = useThrottled(progress?.downloaded ?? 0);
  async function cancel(): Promise<void> {
    setCancelled(true);
    try {
      await post(`/runs/${run.id}/cancel`);
    } catch (error) {
      setCancelled(false);
      setProblem(problemOf(error));
    }
  }
  const isStopping = isCancelled || run.isCancelled;
  return (
    <section class="card live" aria-labelledby={`live-${run.id}`}>
      <div class="live-head">
        <h2 id={`live-${run.id}`}>
          <a href={hrefOf({ page: 'run', id: run.id })}>{words.runs.live}</a>
        </h2>
        <Status status="running" />
        <span class="quiet live-what">{`${requestText(run)} · ${byText(run)}`}</span>
        <button type="button" class="button" disabled={isStopping} onClick={() => void cancel()}>
          {isStopping ? words.runs.cancelling : words.runs.cancel}
        </button>
      </div>
      {problem && <Notice problem={problem} />}
      {progress && <Progress progress={progress} isDry={run.request.dryRun} />}
      <p class="vh" role="status">
        {announced > 0 ? words.runs.announce(formats.number(announced), announced) : ''}
      </p>
    </section>
  );
}

function Progress({ progress, isDry }: { progress: RunProgress; isDry: boolean }) {
  const wait = useSecondsUntil(progress.waitingUntil);
  const { downloaded, expectedFiles, bytes, seconds, usagePercent } = progress;
  const figures: readonly Figure[] = [
    [isDry ? words.runs.wouldDownload : words.runs.downloaded, formats.number(downloaded)],
    [words.runs.known, formats.number(progress.skippedDuplicate)],
    [words.runs.failedItems, formats.number(progress.failed)],
    [words.runs.pagesRead, formats.number(progress.pages)],
    [words.runs.bytes, formats.bytes(bytes)],
    [words.runs.speed, words.runs.perSecond(formats.bytes(seconds > 0 ? bytes / seconds : 0))],
    [words.runs.duration, formats.span(seconds)],
    ...(usagePercent === null ? [] : [[words.runs.quota, formats.percent(usagePercent / 100)] as const]),
  ];
  return (
    <>
      {expectedFiles !== null && expectedFiles > 0 && (
        <label class="bar">
          <span>{words.runs.expected(formats.number(downloaded), formats.number(expectedFiles))}</span>
          <progress max={expectedFiles} value={Math.min(downloaded, expectedFiles)} />
        </label>
      )}
      {progress.waitingUntil && <p class="waiting-note">{words.runs.waiting(formats.span(wait))}</p>}
      {progress.measuring && <p class="quiet">{words.runs.measuring}</p>}
      <Facts figures={figures} />
    </>
  );
}

function useSecondsUntil(moment: string | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!moment) return undefined;
    const update = () => setLeft(Math.max(0, (new Date(moment).getTime() - Date.now()) / 1000));
    update();
    const timer = setInterval(update, 1000);
    return () => clearInterval(timer);
  }, [moment]);
  return left;
}

const ANNOUNCE_EVERY = 15_000;

/** A throttled value for screen readers, which should not announce every single file. */
function useThrottled(value: number): number {
  const latest = useRef(value);
  latest.current = value;
  const [throttled, setThrottled] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setThrottled(latest.current), ANNOUNCE_EVERY);
    return () => clearInterval(timer);
  }, []);
  return throttled;
}
