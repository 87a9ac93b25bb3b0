/** Hints that several messages share. */
export const SIGN_IN = 'storyline-cli instagram-auth';
export const SIGN_IN_HINT = `Sign in with: ${SIGN_IN}`;
export const ADD_ACCOUNT_HINT = `${SIGN_IN_HINT} (for scripts: storyline-cli add-instagram-account --help)`;
