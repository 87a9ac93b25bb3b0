import { type Address, formatAddress, parseAddress, type Query, type Route } from './address.ts';
import { createStore } from './store.ts';

/** The state of a history entry. */
interface EntryState {
  /** Scroll position of the gallery: the first visible post, and how many pixels of its row are above the window. */
  readonly at?: { readonly post: number; readonly past: number };
  /** Whether the gallery is the previous entry, so that going back leads there. */
  readonly fromGallery?: boolean;
}

const here = () => parseAddress(location.pathname, location.search);

export const address = createStore<Address>(here());
export const { base } = address.get();

history.scrollRestoration = 'manual';
addEventListener('popstate', () => address.set(here()));

export const remembered = (): EntryState => (history.state ?? {}) as EntryState;
export const remember = (change: EntryState) => history.replaceState({ ...remembered(), ...change }, '');

interface GoOptions {
  /** Replaces the present history entry, while typing and from post to post. */
  readonly replace?: boolean;
  readonly remember?: EntryState;
}

/** Goes to a page. Route or query stay unchanged if they are not given. */
export function go(to: { readonly route?: Route; readonly query?: Query }, options: GoOptions = {}): void {
  const next = { ...address.get(), ...to };
  const state = options.remember ?? (options.replace ? remembered() : {});
  if (options.replace) history.replaceState(state, '', formatAddress(next));
  else history.pushState(state, '', formatAddress(next));
  address.set(next);
}

export const hrefOf = (route: Route, query: Query = { order: 'newest' }) => formatAddress({ base, route, query });

/** Handles clicks on links within the page, except those for another tab. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    const next = parseAddress(link.pathname, link.search);
    if (next.base !== base || link.dataset.outside !== undefined || link.hash) return;
    event.preventDefault();
    history.pushState({}, '', link.href);
    address.set(next);
  });
}
