/**
 * Runs before the first paint, as a plain script, so that the page never flashes in the other theme.
 * `theme.ts` stores the choice.
 */
try {
  const chosen = localStorage.getItem('storyline.theme');
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
} catch {
  // Without access to local storage, the theme follows the system.
}
