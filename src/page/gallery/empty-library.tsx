import type { Accounts } from '../../contract/library.ts';
import { Command } from '../copy.tsx';
import { Logo } from '../icons.tsx';
import { running } from '../live.ts';
import { useLoaded } from '../loaded.ts';
import { address, base, hrefOf } from '../navigation.ts';
import { Notice } from '../notice.tsx';
import { useStart } from '../runs/use-start.ts';
import { useStore } from '../store.ts';
import { formats, words } from '../words/words.ts';
import { postsFor } from './posts.ts';

/** Shown on the first visit: what to do next. */
export function EmptyLibrary() {
  const [run] = useStore(running);
  if (run) {
    return (
      <div class="empty">
        <Logo />
        <h2>{words.empty.coming}</h2>
        <p>{words.runs.chip(formats.number(run.progress?.downloaded ?? 0))}</p>
        <a class="button" href={hrefOf({ page: 'run', id: run.id })}>
          {words.runs.details}
        </a>
      </div>
    );
  }
  return base ? <EmptySandbox /> : <EmptyOwn />;
}

function EmptySandbox() {
  const { start, isStarting, problem } = useStart(() => {
    // Shows the posts of a run that ends before its start was reported.
    setTimeout(() => void postsFor(address.get().query).refresh(), 2000);
  });
  return (
    <div class="empty">
      <Logo />
      <h2>{words.empty.sandboxTitle}</h2>
      <p>{words.empty.sandboxIntro}</p>
      {problem && <Notice problem={problem} />}
      <button
        type="button"
        class="button button-main"
        disabled={isStarting}
        onClick={() => void start({ mediaType: 'both' })}
      >
        {isStarting ? words.empty.starting : words.empty.sandboxStart}
      </button>
    </div>
  );
}

function EmptyOwn() {
  const { value, problem, reload } = useLoaded<Accounts>('/accounts');
  const hasAccount = value?.accounts.some(({ isEnabled }) => isEnabled);
  return (
    <div class="empty">
      <Logo />
      <h2>{words.empty.title}</h2>
      {problem && <Notice problem={problem} retry={reload} />}
      {value && !hasAccount && (
        <>
          <p>{words.empty.connect}</p>
          <Command text="storyline-cli instagram-auth" />
        </>
      )}
      {hasAccount && (
        <>
          <p>{words.empty.connected}</p>
          <a class="button button-main" href={hrefOf({ page: 'runs' })}>
            {words.empty.connectedStart}
          </a>
        </>
      )}
      <p class="quiet">{words.empty.sandboxText}</p>
      <a class="button" href="/sandbox/" data-outside="">
        {words.empty.sandboxLink}
      </a>
    </div>
  );
}
