import { useState } from 'preact/hooks';
import type { Route } from './address.ts';
import { Icon, type IconName, Logo } from './icons.tsx';
import { running } from './live.ts';
import { address, base, hrefOf } from './navigation.ts';
import { logOut } from './session.ts';
import { Shortcuts } from './shortcuts.tsx';
import { useStore } from './store.ts';
import { chooseTheme, THEMES, theme } from './theme.ts';
import { formats, words } from './words/words.ts';

const PAGES = ['gallery', 'runs', 'library', 'accounts'] as const;
const THEME_ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const satisfies Record<string, IconName>;

export function Header({ route, canLogOut }: { route: Route; canLogOut: boolean }) {
  const current = route.page === 'post' ? 'gallery' : route.page === 'run' ? 'runs' : route.page;
  const [isHelping, setHelping] = useState(false);
  return (
    <header class="header">
      <a class="wordmark" href={hrefOf({ page: 'gallery' })}>
        <Logo />
        <span class="wordmark-text">Storyline</span>
        {base !== '' && <span class="badge">{words.sandbox}</span>}
      </a>
      <nav class="pages" aria-label={words.navigation}>
        {PAGES.map((page) => (
          <a key={page} href={hrefOf({ page })} aria-current={page === current ? 'page' : undefined}>
            <Icon name={page} />
            <span>{words.pages[page]}</span>
          </a>
        ))}
      </nav>
      <span class="header-space" />
      <RunChip />
      <ThemeSwitch />
      <button
        type="button"
        class="icon-button only-wide"
        aria-label={words.shortcuts.open}
        title={words.shortcuts.open}
        onClick={() => setHelping(true)}
      >
        <Icon name="keyboard" />
      </button>
      {canLogOut && (
        <button
          type="button"
          class="icon-button"
          aria-label={words.logout}
          title={words.logout}
          onClick={() => void logOut()}
        >
          <Icon name="logout" />
        </button>
      )}
      <Shortcuts isOpen={isHelping} setOpen={setHelping} />
    </header>
  );
}

/** Shows the running backfill on every page. */
function RunChip() {
  const [run] = useStore(running);
  useStore(address);
  if (!run) return null;
  const { progress } = run;
  const text = progress?.waitingUntil
    ? words.runs.chipWaiting
    : words.runs.chip(formats.number(progress?.downloaded ?? 0));
  return (
    <a class="run-chip" href={hrefOf({ page: 'run', id: run.id })}>
      <span class="run-chip-dot" aria-hidden="true" />
      <span class="run-chip-text">{text}</span>
      <span class="run-chip-short" aria-hidden="true">
        {formats.compact(progress?.downloaded ?? 0)}
      </span>
    </a>
  );
}

function ThemeSwitch() {
  const chosen = useStore(theme);
  const next = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? 'system';
  const label = `${words.theme.label}: ${words.theme[chosen]}`;
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={() => chooseTheme(next)}>
      <Icon name={THEME_ICONS[chosen]} />
    </button>
  );
}
