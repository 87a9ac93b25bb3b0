import type { Failures as FailureList } from '../../contract/runs.ts';
import { useLoaded, useWhenChanged } from '../loaded.ts';
import { hrefOf } from '../navigation.ts';
import { Notice, Waiting } from '../notice.tsx';
import { formats, words } from '../words/words.ts';
import { useStart } from './use-start.ts';

/** Items that failed and are still missing, with a button to retry them. Reloads when `runningRuns` changes. */
export function Failures({ runningRuns }: { runningRuns: number }) {
  const { value, problem, reload } = useLoaded<FailureList>('/failures');
  const { start, isStarting, problem: refusal } = useStart();
  useWhenChanged(String(runningRuns), reload);

  return (
    <section class="card" aria-labelledby="failures">
      <h2 id="failures">{words.runs.failures}</h2>
      {problem && <Notice problem={problem} retry={reload} />}
      {!value && !problem && <Waiting />}
      {value?.total === 0 && <p class="quiet">{words.runs.noFailures}</p>}
      {value && value.total > 0 && (
        <>
          <p class="quiet">
            {words.runs.failuresShown(formats.number(value.failures.length), formats.number(value.total))}
          </p>
          <ul class="failures">
            {value.failures.map((each) => (
              <li key={each.id}>
                <a href={hrefOf({ page: 'post', id: each.postId })}>{each.id}</a>
                <span class="failure-reason">{each.reason}</span>
                <span class="quiet">
                  {`${words.post.failed(formats.number(each.times), each.times)} · ${formats.shortMoment(each.at)}`}
                </span>
              </li>
            ))}
          </ul>
          {refusal && <Notice problem={refusal} />}
          <button type="button" class="button" disabled={isStarting} onClick={() => void start({ retryFailed: true })}>
            {words.runs.tryAgain}
          </button>
        </>
      )}
    </section>
  );
}
