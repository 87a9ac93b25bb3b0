import { useEffect, useRef } from 'preact/hooks';
import type { Route } from './address.ts';
import { unauthorized } from './api.ts';
import { Gallery } from './gallery/gallery.tsx';
import { Header } from './header.tsx';
import { lazy } from './lazy.tsx';
import { listen } from './live.ts';
import { Login } from './login.tsx';
import { address, base, hrefOf } from './navigation.ts';
import { Notice } from './notice.tsx';
import { loadSession, session } from './session.ts';
import { useStore } from './store.ts';
import { words } from './words/words.ts';

const PostDialog = lazy(async () => (await import('./post/post-dialog.tsx')).PostDialog);
const Runs = lazy(async () => (await import('./runs/runs.tsx')).Runs);
const RunDetails = lazy(async () => (await import('./runs/run-details.tsx')).RunDetails);
const Library = lazy(async () => (await import('./library/library.tsx')).Library);
const Accounts = lazy(async () => (await import('./library/accounts.tsx')).Accounts);

export function App() {
  const { value: user, problem } = useStore(session);
  const refusals = useStore(unauthorized);
  useEffect(() => {
    if (refusals > 0) void loadSession();
  }, [refusals]);

  const isLoggedIn = user !== undefined && user.access !== 'needed';
  useEffect(() => {
    if (!isLoggedIn) return undefined;
    const later = setTimeout(PostDialog.preload, 1500);
    const stop = listen();
    return () => {
      clearTimeout(later);
      stop();
    };
  }, [isLoggedIn]);

  if (problem) {
    return (
      <main class="alone">
        <Notice problem={problem} retry={() => void loadSession()} />
      </main>
    );
  }
  if (user?.access === 'needed') return <Login />;
  return <Pages canLogOut={user?.access === 'granted'} />;
}

function Pages({ canLogOut }: { canLogOut: boolean }) {
  const { route } = useStore(address);
  const main = useRef<HTMLElement>(null);
  const isGallery = route.page === 'gallery' || route.page === 'post';
  const page = isGallery ? 'gallery' : route.page;
  const shown = useRef(page);
  useEffect(() => {
    if (route.page !== 'post' && route.page !== 'run') document.title = words.title(titleOf(route));
    if (shown.current === page) return;
    shown.current = page;
    if (!isGallery) scrollTo(0, 0);
    // Moves keyboard and screen-reader users to the new content.
    main.current?.focus({ preventScroll: true });
  }, [route]);
  return (
    <>
      <a class="skip" href="#main">
        {words.skip}
      </a>
      <Header route={route} canLogOut={canLogOut} />
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
        {route.page === 'runs' && <Runs />}
        {route.page === 'run' && <RunDetails key={route.id} id={route.id} />}
        {route.page === 'library' && <Library />}
        {route.page === 'accounts' && <Accounts />}
        {route.page === 'not-found' && (
          <div class="empty">
            <h1>{words.problem.notFound}</h1>
            <a class="button button-main" href={hrefOf({ page: 'gallery' })}>
              {words.problem.toGallery}
            </a>
          </div>
        )}
      </main>
      {route.page === 'post' && <PostDialog id={route.id} />}
    </>
  );
}

const titleOf = ({ page }: Route) =>
  page === 'runs' || page === 'library' || page === 'accounts'
    ? words.pages[page]
    : base
      ? words.sandbox
      : words.pages.gallery;
