import type { Accounts as AccountList, Check, Health } from '../../contract/library.ts';
import { Command } from '../copy.tsx';
import { Icon, type IconName } from '../icons.tsx';
import { useLoaded } from '../loaded.ts';
import { base } from '../navigation.ts';
import { Notice, Waiting } from '../notice.tsx';
import { formats, words } from '../words/words.ts';

export function Accounts() {
  const { value, problem, reload } = useLoaded<AccountList>('/accounts');
  const health = useLoaded<Health>('/health');
  return (
    <>
      <h1>{words.accounts.title}</h1>
      {problem && <Notice problem={problem} retry={reload} />}
      {!value && !problem && <Waiting lines={4} />}
      {value?.accounts.length === 0 && !base && (
        <section class="card" aria-label={words.accounts.title}>
          <p>{words.accounts.none}</p>
          <Command text="storyline-cli instagram-auth" />
        </section>
      )}
      <div class="cards">
        {value?.accounts.map((account) => (
          <Account key={account.id} account={account} />
        ))}
      </div>
      <section class="card" aria-labelledby="health">
        <h2 id="health">{words.accounts.health}</h2>
        {health.problem && <Notice problem={health.problem} retry={health.reload} />}
        {!health.value && !health.problem && <Waiting lines={4} />}
        <ul class="checks">
          {health.value?.checks.map((check) => (
            <CheckLine key={check.name} check={check} />
          ))}
        </ul>
      </section>
    </>
  );
}

const Account = ({ account }: { account: AccountList['accounts'][number] }) => (
  <section class="card" aria-labelledby={`account-${account.id}`}>
    <h2 id={`account-${account.id}`}>
      {account.displayName}
      {account.isActive && <span class="badge">{words.accounts.active}</span>}
      {!account.isEnabled && <span class="badge">{words.accounts.disabled}</span>}
    </h2>
    <p class="quiet">
      {account.username ? `@${account.username} · ` : ''}
      {words.gallery.found(formats.number(account.posts), account.posts)}
    </p>
    {account.check && (
      <ul class="checks">
        <CheckLine check={account.check} />
      </ul>
    )}
  </section>
);

const CHECK_ICONS: Readonly<Record<Check['state'], IconName>> = { ok: 'check', warning: 'warning', broken: 'missing' };

const CheckLine = ({ check }: { check: Check }) => (
  <li class="check">
    <span class={`status status-${check.state}`}>
      <Icon name={CHECK_ICONS[check.state]} size={16} />
      {words.accounts.checks[check.state]}
    </span>
    <div>
      <strong>{check.name}</strong>
      <p>{check.finding}</p>
      {check.remedy && (
        <p class="remedy">
          <span class="quiet">{words.accounts.todo}:</span> {check.remedy}
        </p>
      )}
    </div>
  </li>
);
