import type { Run, Runs as RunList } from '../../contract/runs.ts';
import { running } from '../live.ts';
import { useLoaded, useWhenChanged } from '../loaded.ts';
import { hrefOf } from '../navigation.ts';
import { Notice, Waiting } from '../notice.tsx';
import { useStore } from '../store.ts';
import { formats, words } from '../words/words.ts';
import { Failures } from './failures.tsx';
import { LiveRun } from './live-run.tsx';
import { byText, requestText, Status } from './run-text.tsx';
import { StartForm } from './start-form.tsx';

export function Runs() {
  const live = useStore(running);
  const { value, problem, reload } = useLoaded<RunList>('/runs');
  useWhenChanged(live.map(({ id }) => id).join(), reload);
  const past = value?.runs.filter(({ id }) => !live.some((each) => each.id === id));
  return (
    <>
      <h1>{words.runs.title}</h1>
      {live.map((run) => (
        <LiveRun key={run.id} run={run} />
      ))}
      <div class="columns">
        <section class="card history" aria-labelledby="history">
          <h2 id="history">{words.runs.history}</h2>
          {problem && <Notice problem={problem} retry={reload} />}
          {!value && !problem && <Waiting lines={5} />}
          {past?.length === 0 && <p class="quiet">{words.runs.noHistory}</p>}
          {past && past.length > 0 && (
            <ol class="run-list">
              {past.map((run) => (
                <RunLine key={run.id} run={run} />
              ))}
            </ol>
          )}
        </section>
        <div class="side">
          <StartForm />
          <Failures runningRuns={live.length} />
        </div>
      </div>
    </>
  );
}

const RunLine = ({ run }: { run: Run }) => (
  <li>
    <a class="run-line" href={hrefOf({ page: 'run', id: run.id })}>
      <span class="run-line-when">
        <time dateTime={run.startedAt}>{formats.shortMoment(run.startedAt)}</time>
        <span class="quiet">{`${requestText(run)} · ${byText(run)}`}</span>
      </span>
      <span class="run-line-result">
        <Status status={run.status} />
        <span class="quiet">{resultText(run)}</span>
      </span>
    </a>
  </li>
);

function resultText({ result, request, error }: Run): string {
  if (!result) return error ?? '';
  const { downloaded, skippedDuplicate, failed } = result;
  if (request.dryRun) return words.runs.resultDry(formats.number(downloaded));
  return words.runs.resultText(formats.number(downloaded), formats.number(skippedDuplicate), formats.number(failed));
}
