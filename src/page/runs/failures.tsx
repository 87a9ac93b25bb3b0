import type { Failures as FailureList } from '../../contract/runs.ts';
import { useLoaded, useWhenChanged } from '../loaded.ts';
import { hrefOf } from '../navigation.ts';
import { Notice, Waiting } from '../notice.tsx';
import { formats, words } from '../words/words.ts';
import { useStart } from './use-start.ts';

/** What failed and did not come since, with a button to try it again. `turn` changes when runs begin and end. */
export function Failures({ turn }: { turn: number }) {
  const { value, problem, again } = useLoaded<FailureList>('/failures');
  const { start, isStarting, problem: refusal } = useStart();
  useWhenChanged(String(turn), again);

  return (
    <section class="card" aria-labelledby="failures">
      <h2 id="failures">{words.runs.failures}</h2>
      {problem && <Notice problem={problem} again={again} />}
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
