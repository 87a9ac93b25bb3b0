import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { StorylineError } from '../../errors.ts';

/** The person did not consent, or what came back is not the answer to what was asked. */
export class SignInError extends StorylineError {}

/** What is made up for one sign-in: nobody can foresee it, and it is used once. */
export interface Secrets {
  /** Comes back with the answer: another answer is none to us. */
  readonly state: string;
  /** PKCE (RFC 7636): shown only when the code is exchanged. */
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

/** True for the very text, told without a hint by how long it takes. */
export function isState(given: string | null, state: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== null && timingSafeEqual(digest(given), digest(state));
}

/** The code that the page of consent sent the browser back with. @throws {SignInError} where it sent none. */
export function codeIn(answer: URLSearchParams): string {
  const refusal = answer.get('error') ?? answer.get('error_code');
  if (refusal) {
    const isDenied = answer.get('error_reason') === 'user_denied' || refusal === 'access_denied';
    const words = answer.get('error_description') ?? answer.get('error_message') ?? refusal;
    throw new SignInError(isDenied ? 'Consent was not given' : `The sign-in was refused: ${words.slice(0, 200)}`, {
      hint: 'Nothing was stored. Run storyline-cli instagram-auth again when you want to go on.',
    });
  }
  // Instagram's page appends `#_` to the address; what a browser copies may end with it.
  const code = answer.get('code')?.replace(/#.*$/, '');
  if (code) return code;
  throw new SignInError('The answer holds no code', { hint: 'Run storyline-cli instagram-auth again.' });
}

/** The code in an address that a browser ended on, as a person pasted it. @throws {SignInError} */
export function codeInAddress(pasted: string, state: string): string {
  const text = pasted.trim();
  if (!URL.canParse(text)) {
    throw new SignInError('That is not an address', {
      hint: 'Copy all of what the address bar shows after you have consented: it begins with https:// and holds code=…',
    });
  }
  const answer = new URL(text).searchParams;
  if (!isState(answer.get('state'), state)) {
    throw new SignInError('That address is not the answer to this sign-in', {
      hint: 'Each sign-in has an address of its own: consent on the page that was opened last, and paste what it leads to.',
    });
  }
  return codeIn(answer);
}
