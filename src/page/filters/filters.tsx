import { useState } from 'preact/hooks';
import type { Accounts } from '../../contract/library.ts';
import { POST_KINDS } from '../../contract/values.ts';
import { isFiltered, type Query } from '../address.ts';
import { Icon, KIND_ICONS } from '../icons.tsx';
import { useLoaded } from '../loaded.ts';
import { words } from '../words/words.ts';
import { Chips } from './chips.tsx';
import { refine } from './refine.ts';
import { SearchField } from './search-field.tsx';
import { When } from './when.tsx';

export function Filters({ query }: { query: Query }) {
  const [isOpen, setOpen] = useState(false);
  const { value } = useLoaded<Accounts>('/accounts');
  const accounts = value?.accounts ?? [];
  const kinds = query.kind ?? [];
  const hasHidden = isFiltered({ ...query, search: undefined });
  return (
    <search class="filters" aria-label={words.filters.label} data-open={isOpen ? '' : undefined}>
      <div class="filters-first">
        <SearchField query={query} />
        <button
          type="button"
          class="button filters-more"
          aria-expanded={isOpen}
          aria-controls="filters-rest"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="filter" size={18} />
          {words.filters.more}
          {hasHidden && <span class="dot" aria-hidden="true" />}
        </button>
      </div>
      <div id="filters-rest" class="filters-rest">
        <fieldset class="kinds">
          <legend class="vh">{words.filters.kind}</legend>
          {POST_KINDS.map((kind) => (
            <button
              key={kind}
              type="button"
              class="pill"
              aria-pressed={kinds.includes(kind)}
              onClick={() => {
                const next = POST_KINDS.filter((each) => kinds.includes(each) !== (each === kind));
                refine(query, { kind: next.length > 0 ? next : undefined });
              }}
            >
              <Icon name={KIND_ICONS[kind]} size={16} />
              {words.kindsMany[kind]}
            </button>
          ))}
        </fieldset>
        <When query={query} />
        <Choice
          label={words.filters.state}
          value={query.state ?? ''}
          options={[
            ['', words.filters.anyState],
            ['missing', words.filters.stateNames.missing],
            ['poster', words.filters.stateNames.poster],
          ]}
          choose={(state) => refine(query, { state: state === 'missing' || state === 'poster' ? state : undefined })}
        />
        <Choice
          label={words.filters.order}
          value={query.order}
          options={[
            ['newest', words.filters.orders.newest],
            ['likes', words.filters.orders.likes],
          ]}
          choose={(order) => refine(query, { order: order === 'likes' ? 'likes' : 'newest' })}
        />
        {accounts.length > 1 && (
          <Choice
            label={words.filters.account}
            value={query.account ?? ''}
            options={[['', words.filters.allAccounts], ...accounts.map(({ id, name }) => [id, name] as const)]}
            choose={(account) => refine(query, { account: account || undefined })}
          />
        )}
      </div>
      <Chips query={query} />
    </search>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly choose: (value: string) => void;
}

const Choice = ({ label, value, options, choose }: ChoiceProps) => (
  <label class="choice">
    <span class="vh">{label}</span>
    <select
      value={value}
      onChange={(event) => choose(event.currentTarget.value)}
      data-set={value === options[0]?.[0] ? undefined : ''}
    >
      {options.map(([each, name]) => (
        <option key={each} value={each}>
          {name}
        </option>
      ))}
    </select>
  </label>
);
