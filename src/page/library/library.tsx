import type { Accounts, LibraryOverview } from '../../contract/library.ts';
import { Command, verifyCommand } from '../copy.tsx';
import { Icon, KIND_ICONS } from '../icons.tsx';
import { refreshSignal } from '../live.ts';
import { useLoaded, useWhenChanged } from '../loaded.ts';
import { hrefOf } from '../navigation.ts';
import { Notice, Waiting } from '../notice.tsx';
import { Facts } from '../runs/results.tsx';
import { useStore } from '../store.ts';
import { formats, words } from '../words/words.ts';
import { Chart } from './chart.tsx';
import { AccountCompleteness } from './completeness.tsx';

export function Library() {
  const { value, problem, reload } = useLoaded<LibraryOverview>('/library');
  const accounts = useLoaded<Accounts>('/accounts');
  useWhenChanged(`${useStore(refreshSignal)}`, () => {
    reload();
    accounts.reload();
  });
  return (
    <>
      <h1>{words.library.title}</h1>
      {problem && <Notice problem={problem} retry={reload} />}
      {!value && !problem && <Waiting lines={8} />}
      {value && <Overview overview={value} accounts={accounts.value} />}
    </>
  );
}

function Overview({ overview, accounts }: { overview: LibraryOverview; accounts: Accounts | undefined }) {
  const { library } = words;
  return (
    <>
      <section class="card" aria-label={library.title}>
        <dl class="figures figures-large">
          {[
            [library.posts, formats.number(overview.posts)],
            [library.files, formats.number(overview.files)],
            [library.size, formats.bytes(overview.bytes)],
            [library.free, overview.freeBytes === null ? words.unknown : formats.bytes(overview.freeBytes)],
          ].map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <p class="quiet">
          {library.folder}: <span class="path">{overview.folder}</span>
        </p>
        {overview.otherMedia > 0 && (
          <p class="quiet">{library.other(formats.number(overview.otherMedia), overview.otherMedia)}</p>
        )}
        {overview.posts === 0 && <p>{library.empty}</p>}
      </section>
      {overview.months.length > 0 && <Chart months={overview.months} />}
      <div class="cards">
        <Kinds overview={overview} />
        <States overview={overview} />
        <Disk disk={overview.disk} />
        {accounts?.accounts.map((account) => (
          <AccountCompleteness key={account.id} account={account} />
        ))}
        <Hashtags overview={overview} />
      </div>
    </>
  );
}

const Kinds = ({ overview }: { overview: LibraryOverview }) => (
  <section class="card" aria-labelledby="kinds">
    <h2 id="kinds">{words.library.byKind}</h2>
    <div class="table-room">
      <table>
        <thead>
          <tr>
            <th scope="col">{words.library.kind}</th>
            <th scope="col">{words.library.posts}</th>
            <th scope="col">{words.library.files}</th>
            <th scope="col">{words.library.size}</th>
          </tr>
        </thead>
        <tbody>
          {overview.kinds.map(({ kind, posts, files, bytes }) => (
            <tr key={kind}>
              <th scope="row">
                <span class={`swatch swatch-${kind}`} aria-hidden="true" />
                <Icon name={KIND_ICONS[kind]} size={16} />{' '}
                <a href={hrefOf({ page: 'gallery' }, { order: 'newest', kind: [kind] })}>{words.kindsMany[kind]}</a>
              </th>
              <td>{formats.number(posts)}</td>
              <td>{formats.number(files)}</td>
              <td>{formats.bytes(bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
);

function States({ overview }: { overview: LibraryOverview }) {
  const { whole, partial, poster, missing } = overview.states;
  const hasGaps = partial + missing + poster > 0;
  return (
    <section class="card" aria-labelledby="states">
      <h2 id="states">{words.library.byState}</h2>
      <Facts
        figures={[
          [words.states.whole, formats.number(whole)],
          [words.states.partial, formats.number(partial)],
          [words.states.poster, formats.number(poster)],
          [words.states.missing, formats.number(missing)],
        ]}
      />
      {hasGaps && (
        <p>
          <a href={hrefOf({ page: 'gallery' }, { order: 'newest', state: 'missing' })}>
            {words.filters.stateNames.missing}
          </a>
          {' · '}
          <a href={hrefOf({ page: 'gallery' }, { order: 'newest', state: 'poster' })}>
            {words.filters.stateNames.poster}
          </a>
        </p>
      )}
    </section>
  );
}

/** The result of the last check of the files on disk. */
function Disk({ disk: { missing, altered, lastCheck } }: { disk: LibraryOverview['disk'] }) {
  const { library } = words;
  return (
    <section class="card" aria-labelledby="disk">
      <h2 id="disk">{library.disk}</h2>
      {(lastCheck || missing + altered > 0) && (
        <Facts
          figures={[
            [library.diskMissing, formats.number(missing)],
            [library.diskAltered, formats.number(altered)],
          ]}
        />
      )}
      <p class="quiet">
        {lastCheck
          ? library.checked[lastCheck.kind](formats.number(lastCheck.files), formats.shortMoment(lastCheck.at))
          : library.notChecked}
      </p>
      {missing + altered > 0 ? (
        <p>
          {library.diskRepair} <Command text={verifyCommand({ repair: true })} />
        </p>
      ) : (
        lastCheck?.kind !== 'verify' && (
          <p>
            {library.diskCheck} <Command text={verifyCommand()} />
          </p>
        )
      )}
    </section>
  );
}

const Hashtags = ({ overview }: { overview: LibraryOverview }) => (
  <section class="card" aria-labelledby="hashtags">
    <h2 id="hashtags">{words.library.hashtags}</h2>
    {overview.hashtags.length === 0 && <p class="quiet">{words.library.noHashtags}</p>}
    <ul class="hashtags">
      {overview.hashtags.map(({ hashtag, posts }) => (
        <li key={hashtag}>
          <a class="chip" href={hrefOf({ page: 'gallery' }, { order: 'newest', hashtag })}>
            <span>{`#${hashtag}`}</span>
            <span class="quiet">{formats.number(posts)}</span>
          </a>
        </li>
      ))}
    </ul>
  </section>
);
