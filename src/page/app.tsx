import { useEffect, useRef } from 'preact/hooks';
import type { Place } from './address.ts';
import { refused } from './api.ts';
import { Gallery } from './gallery/gallery.tsx';
import { Header } from './header.tsx';
import { lazy } from './lazy.tsx';
import { listen } from './live.ts';
import { Login } from './login.tsx';
import { address, base, hrefOf } from './navigation.ts';
import { Notice } from './notice.tsx';
import { askWhoWeAre, session } from './session.ts';
import { useStore } from './store.ts';
import { words } from './words/words.ts';

const PostDialog = lazy(async () => (await import('./post/post-dialog.tsx')).PostDialog);
const Runs = lazy(async () => (await import('./runs/runs.tsx')).Runs);
const RunDetails = lazy(async () => (await import('./runs/run-details.tsx')).RunDetails);
const Library = lazy(async () => (await import('./library/library.tsx')).Library);
const Accounts = lazy(async () => (await import('./library/accounts.tsx')).Accounts);

export function App() {
  const { value: who, problem } = useStore(session);
  const refusals = useStore(refused);
  useEffect(() => {
    if (refusals > 0) void askWhoWeAre();
  }, [refusals]);

  const isInside = who !== undefined && who.access !== 'needed';
  useEffect(() => {
    if (!isInside) return undefined;
    const later = setTimeout(PostDialog.ahead, 1500);
    const stop = listen();
    return () => {
      clearTimeout(later);
      stop();
    };
  }, [isInside]);

  if (problem) {
    return (
      <main class="alone">
        <Notice problem={problem} again={() => void askWhoWeAre()} />
      </main>
    );
  }
  if (who?.access === 'needed') return <Login />;
  return <Pages canLeave={who?.access === 'granted'} />;
}

function Pages({ canLeave }: { canLeave: boolean }) {
  const { place } = useStore(address);
  const main = useRef<HTMLElement>(null);
  const isGallery = place.page === 'gallery' || place.page === 'post';
  const page = isGallery ? 'gallery' : place.page;
  const shown = useRef(page);
  useEffect(() => {
    if (place.page !== 'post' && place.page !== 'run') document.title = words.title(titleOf(place));
    if (shown.current === page) return;
    shown.current = page;
    if (!isGallery) scrollTo(0, 0);
    // Who follows a link with the keyboard or hears the page is led to what is new.
    main.current?.focus({ preventScroll: true });
  }, [place]);
  return (
    <>
      <a class="skip" href="#main">
        {words.skip}
      </a>
      <Header place={place} canLeave={canLeave} />
      {base !== '' && (
        <aside class="sandbox-note" aria-label={words.sandbox}>
          {words.sandboxNote}{' '}
          <a href="/" data-outside="">
            {words.leaveSandbox}
          </a>
        </aside>
      )}
      <main id="main" ref={main} tabIndex={-1} class={`main main-${page}`}>
        {isGallery && <Gallery />}
        {place.page === 'runs' && <Runs />}
        {place.page === 'run' && <RunDetails key={place.id} id={place.id} />}
        {place.page === 'library' && <Library />}
        {place.page === 'accounts' && <Accounts />}
        {place.page === 'nowhere' && (
          <div class="empty">
            <h1>{words.problem.nowhere}</h1>
            <a class="button button-main" href={hrefOf({ page: 'gallery' })}>
              {words.problem.toGallery}
            </a>
          </div>
        )}
      </main>
      {place.page === 'post' && <PostDialog id={place.id} />}
    </>
  );
}

const titleOf = ({ page }: Place) =>
  page === 'runs' || page === 'library' || page === 'accounts'
    ? words.pages[page]
    : base
      ? words.sandbox
      : words.pages.gallery;
