import { createHash, randomBytes } from 'node:crypto';
import type { Flavour } from '../faults.ts';

/** What the person agreed to, kept until the code is exchanged. */
export interface Consent {
  readonly flavour: Flavour;
  readonly appId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly declined: readonly string[];
  /** The Instagram account that was signed in to, at Instagram Login. */
  readonly accountId?: string;
  readonly challenge?: Challenge;
}

/** PKCE, RFC 7636. */
export interface Challenge {
  readonly value: string;
  readonly method: 'S256' | 'plain';
}

export type CodeState = 'good' | 'used' | 'expired';

export interface OAuthCodes {
  issue(consent: Consent): string;
  /** What is known of a code; nothing, if it never was one of this way to sign in. */
  look(code: string, flavour: Flavour): { consent: Consent; state: CodeState } | undefined;
  /** From now on the code is used. */
  use(code: string): void;
}

/**
 * An hour at Instagram, by its page on Business Login. Facebook states no number; its clients count on ten minutes,
 * which is what OAuth 2.0 (RFC 6749, 4.1.2) recommends.
 */
const LIFE_SECONDS: Readonly<Record<Flavour, number>> = { facebook: 600, instagram: 3600 };

export function createOAuthCodes(now: () => Date): OAuthCodes {
  const codes = new Map<string, { consent: Consent; dies: number; used: boolean }>();
  return {
    issue(consent) {
      const code = `AQ${randomBytes(72).toString('base64url')}`;
      codes.set(code, { consent, dies: now().getTime() + LIFE_SECONDS[consent.flavour] * 1000, used: false });
      return code;
    },
    look(code, flavour) {
      const known = codes.get(code);
      if (known?.consent.flavour !== flavour) return undefined;
      const state = known.used ? 'used' : now().getTime() >= known.dies ? 'expired' : 'good';
      return { consent: known.consent, state };
    },
    use(code) {
      const known = codes.get(code);
      if (known) known.used = true;
    },
  };
}

export function answers({ value, method }: Challenge, verifier: string): boolean {
  if (method === 'plain') return verifier === value;
  return createHash('sha256').update(verifier).digest('base64url') === value;
}
