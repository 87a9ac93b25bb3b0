import { type Address, formatAddress, type Place, parseAddress, type Query } from './address.ts';
import { createStore } from './store.ts';

/** What a step of the history remembers beside its address. */
interface Remembered {
  /** Of the gallery: the first post in sight, and how many pixels of its row are already past. */
  readonly at?: { readonly post: number; readonly past: number };
  /** Whether this step was made from the gallery, so that going back leads there. */
  readonly fromGallery?: boolean;
}

const here = () => parseAddress(location.pathname, location.search);

export const address = createStore<Address>(here());
export const { base } = address.get();

history.scrollRestoration = 'manual';
addEventListener('popstate', () => address.set(here()));

export const remembered = (): Remembered => (history.state ?? {}) as Remembered;
export const remember = (more: Remembered) => history.replaceState({ ...remembered(), ...more }, '');

interface Going {
  /** In the place of this step of the history: while typing, and from post to post. */
  readonly replace?: boolean;
  readonly remember?: Remembered;
}

/** Goes to a page; what is not named stays, but for filters on the way to another page. */
export function go(to: { readonly place?: Place; readonly query?: Query }, going: Going = {}): void {
  const next = { ...address.get(), ...to };
  const state = going.remember ?? (going.replace ? remembered() : {});
  if (going.replace) history.replaceState(state, '', formatAddress(next));
  else history.pushState(state, '', formatAddress(next));
  address.set(next);
}

export const hrefOf = (place: Place, query: Query = { order: 'newest' }) => formatAddress({ base, place, query });

/** Links of ours are followed here, unless somebody wants them in another tab. */
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
