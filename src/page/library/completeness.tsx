import type { Accounts } from '../../contract/library.ts';
import { CompletenessFacts } from '../runs/results.tsx';
import { formats, words } from '../words/words.ts';

type Account = Accounts['accounts'][number];

/** How much of an account's posts is in the library. */
export function AccountCompleteness({ account }: { account: Account }) {
  const { completeness } = account;
  const id = `complete-${account.id}`;
  const reported = completeness?.reported ?? completeness?.listed ?? 0;
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{`${words.library.completeness}: ${account.name}`}</h2>
      {!completeness && <p class="quiet">{words.library.completenessNone}</p>}
      {completeness && (
        <>
          <label class="bar">
            <span>
              {words.library.completenessText(formats.number(completeness.whole), formats.number(reported))},{' '}
              {words.library.asOf(formats.day(completeness.at))}
            </span>
            <progress max={Math.max(1, reported)} value={Math.min(completeness.whole, reported)} />
          </label>
          <CompletenessFacts completeness={completeness} />
        </>
      )}
    </section>
  );
}
