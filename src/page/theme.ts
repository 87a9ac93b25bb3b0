import { createStore } from './store.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'storyline.theme';

const chosen = document.documentElement.dataset.theme;
export const theme = createStore<Theme>(chosen === 'light' || chosen === 'dark' ? chosen : 'system');

export function chooseTheme(next: Theme): void {
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  theme.set(next);
  try {
    if (next === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // Without access to local storage, the choice lasts until the page is closed.
  }
}
