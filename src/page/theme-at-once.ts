/**
 * Runs before anything is painted, as a plain script: the page never appears in the other theme first.
 * The choice is kept by `theme.ts`.
 */
try {
  const chosen = localStorage.getItem('storyline.theme');
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing for pages follows the system.
}
