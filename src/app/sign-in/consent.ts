import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { StorylineError } from '../../errors.ts';

/** The person did not consent, or the answer does not belong to this sign-in. */
export class SignInError extends StorylineError {}

/** Random values for one sign-in. */
export interface Secrets {
  /** Returned with the answer: answers with another value are rejected. */
  readonly state: string;
  /** PKCE (RFC 7636): sent only when the code is exchanged. */
  readonly verifier: string;
  readonly challenge: string;
}

export function makeSecrets(): Secrets {
  const verifier = randomBytes(48).toString('base64url');
  return {
    state: randomBytes(24).toString('base64url'),
    verifier,
    challenge: createHash('sha256').update(verifier).digest('base64url'),
  };
}

/** Compares in constant time. */
export function isState(given: string | null, state: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== null && timingSafeEqual(digest(given), digest(state));
}

/** The code in the answer of the consent page. @throws {SignInError} if there is none. */
export function codeIn(answer: URLSearchParams): string {
  const refusal = answer.get('error') ?? answer.get('error_code');
  if (refusal) {
    const isDenied = answer.get('error_reason') === 'user_denied' || refusal === 'access_denied';
    const words = answer.get('error_description') ?? answer.get('error_message') ?? refusal;
    throw new SignInError(isDenied ? 'Consent was not given' : `The sign-in was rejected: ${words.slice(0, 200)}`, {
      hint: 'Nothing was stored. To try again, run storyline-cli instagram-auth.',
    });
  }
  // Instagram's page appends `#_` to the address; what a browser copies may end with it.
  const code = answer.get('code')?.replace(/#.*$/, '');
  if (code) return code;
  throw new SignInError('The answer contains no code', { hint: 'Run storyline-cli instagram-auth again.' });
}

/** The code in the address that the browser landed on, as pasted. @throws {SignInError} */
export function codeInAddress(pasted: string, state: string): string {
  const text = pasted.trim();
  if (!URL.canParse(text)) {
    throw new SignInError('That is not an address', {
      hint: 'After you have consented, copy the complete address from the address bar: it begins with https:// and contains code=…',
    });
  }
  const answer = new URL(text).searchParams;
  if (!isState(answer.get('state'), state)) {
    throw new SignInError('That address does not belong to this sign-in', {
      hint: 'Every sign-in has its own address: consent on the page that was opened last, and paste the address it leads to.',
    });
  }
  return codeIn(answer);
}
