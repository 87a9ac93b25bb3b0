import { useEffect } from 'preact/hooks';
import type { Run } from '../../contract/runs.ts';
import { Icon } from '../icons.tsx';
import { running } from '../live.ts';
import { useLoaded, useWhenChanged } from '../loaded.ts';
import { hrefOf } from '../navigation.ts';
import { Notice, Waiting } from '../notice.tsx';
import { useStore } from '../store.ts';
import { formats, words } from '../words/words.ts';
import { LiveRun } from './live-run.tsx';
import { realRunOf } from './request.ts';
import { CompletenessFacts, Facts, type Figure, ForecastFacts, resultFigures } from './results.tsx';
import { byText, requestText, Status } from './run-text.tsx';
import { useStart } from './use-start.ts';

export function RunDetails({ id }: { id: string }) {
  const live = useStore(running).find((run) => run.id === id);
  const { value, problem, reload } = useLoaded<Run>(`/runs/${id}`);
  useWhenChanged(live ? 'live' : '', reload);
  // A run may leave the list of running ones shortly before its record is closed.
  const isClosing = !live && value?.status === 'running';
  useEffect(() => {
    if (!isClosing) return undefined;
    const timer = setTimeout(reload, 1000);
    return () => clearTimeout(timer);
  }, [isClosing, value]);
  const run = live ?? value;
  const when = run ? formats.moment(run.startedAt) : '';
  useEffect(() => {
    if (when) document.title = words.title(words.runs.one(when));
  }, [when]);
  return (
    <>
      <p>
        <a class="back" href={hrefOf({ page: 'runs' })}>
          <Icon name="left" size={16} />
          {words.runs.back}
        </a>
      </p>
      <h1>{when ? words.runs.one(when) : words.runs.title}</h1>
      {problem && !run && <Notice problem={problem} retry={reload} />}
      {!run && !problem && <Waiting lines={6} />}
      {live && <LiveRun run={live} />}
      {run && !live && <Result run={run} />}
      {run && <Options run={run} />}
    </>
  );
}

function Result({ run }: { run: Run }) {
  const { result, request, error, errors } = run;
  return (
    <>
      <section class="card" aria-labelledby="result">
        <div class="live-head">
          <h2 id="result">{words.runs.result}</h2>
          <Status status={run.status} />
        </div>
        {error && (
          <p class="warning-text">
            <strong>{words.runs.error}:</strong> {error}
          </p>
        )}
        {result && <Facts figures={resultFigures(result, request.dryRun)} />}
        {result && !request.dryRun && result.downloaded > 0 && (
          <a class="button button-main" href={hrefOf({ page: 'gallery' }, { order: 'newest', run: run.id })}>
            <Icon name="gallery" size={18} />
            {words.runs.viewNew}
          </a>
        )}
        {errors.length > 0 && (
          <>
            <h3>{words.runs.errors}</h3>
            <ul class="reasons">
              {[...new Set(errors)].map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          </>
        )}
      </section>
      {result?.forecast && (
        <section class="card" aria-labelledby="forecast">
          <h2 id="forecast">{words.runs.forecast}</h2>
          <ForecastFacts forecast={result.forecast} />
          <StartReal run={run} />
        </section>
      )}
      {result?.completeness && (
        <section class="card" aria-labelledby="completeness">
          <h2 id="completeness">{words.runs.completeness}</h2>
          <CompletenessFacts completeness={result.completeness} />
        </section>
      )}
    </>
  );
}

function Options({ run }: { run: Run }) {
  const { request } = run;
  const day = (moment: string | null) => (moment ? formats.utc(moment) : undefined);
  const figures: readonly Figure[] = [
    [words.runs.what, requestText(run)],
    [words.runs.by, byText(run)],
    [words.runs.started, formats.moment(run.startedAt)],
    ...[
      [words.start.from, day(request.since)] as const,
      [words.start.to, day(request.until)] as const,
      [words.start.collaborations, request.collaborations ? words.yes : undefined] as const,
    ].flatMap(([name, value]): Figure[] => (value ? [[name, value]] : [])),
  ];
  return (
    <section class="card" aria-labelledby="options">
      <h2 id="options">{words.runs.request}</h2>
      <Facts figures={figures} />
    </section>
  );
}

function StartReal({ run }: { run: Run }) {
  const { start, isStarting, problem } = useStart();
  return (
    <>
      {problem && <Notice problem={problem} />}
      <button type="button" class="button button-main" disabled={isStarting} onClick={() => void start(realRunOf(run))}>
        {words.runs.startReal}
      </button>
    </>
  );
}
