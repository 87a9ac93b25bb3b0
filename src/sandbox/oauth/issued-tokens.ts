import { createHash, randomBytes } from 'node:crypto';
import type { Flavour } from '../faults.ts';
import type { GraphErrorInput } from '../graph/graph-error.ts';
import type { SandboxAccount } from '../post.ts';
import type { SandboxApps } from './apps.ts';
import { USUAL_SCOPES } from './scopes.ts';
import { deadToken, expiredToken, noToken, unreadableToken } from './token-errors.ts';

export type TokenKind = 'user' | 'page' | 'system' | 'instagram';

export interface IssuedToken {
  readonly value: string;
  readonly flavour: Flavour;
  readonly kind: TokenKind;
  readonly appId: string;
  /** Of the person, as this app knows them. */
  readonly userId: string;
  /** The Instagram account, of an Instagram User token. */
  readonly accountId?: string;
  /** Of a Page token. */
  readonly pageId?: string;
  readonly scopes: readonly string[];
  /** Asked for and not granted. */
  readonly declined: readonly string[];
  readonly issuedAt: Date;
  /** Undefined: never. */
  readonly expiresAt: Date | undefined;
  readonly isLong: boolean;
}

export interface TokenInput extends Omit<IssuedToken, 'value' | 'issuedAt' | 'expiresAt' | 'isLong' | 'declined'> {
  readonly declined?: readonly string[];
  readonly issuedAt?: Date;
  /** From its issue; left out: without end. */
  readonly lifeSeconds: number | undefined;
}

export interface IssuedTokens {
  /** There from the start, always in their prime, and the same at every start. */
  readonly wellKnown: { readonly facebook: IssuedToken; readonly instagram: IssuedToken };
  issue(input: TokenInput): IssuedToken;
  /** The Page token that a user token gives: the same each time it is asked for. */
  pageToken(of: IssuedToken, pageId: string): IssuedToken;
  find(value: string | null | undefined): IssuedToken | undefined;
  /** Why this token is refused at this host, if it is. */
  refusal(value: string | null | undefined, flavour: Flavour): GraphErrorInput | undefined;
  /** Every token issued until now is dead; those that come later are not. */
  revokeAll(subcode?: number): void;
  /** The tokens of one person at one app, as after the app was removed. */
  revokeOf(owner: Pick<IssuedToken, 'appId' | 'userId'>): void;
  /** Takes one permission from the tokens of one person at one app. */
  withdraw(owner: Pick<IssuedToken, 'appId' | 'userId'>, scope: string): void;
  /** What was revoked is good again. */
  restore(): void;
}

/** As Meta's answers give it: 60 days, less a few seconds. */
export const SIXTY_DAYS = 5_183_944;
const LONGEST_SHORT_LIFE = 24 * 3600;
/** The person at Facebook, and the user without a person that a business made for its programs. */
export const USER_ID = '10000000000000001';
export const SYSTEM_USER_ID = '10000000000000002';
export const FIRST_PAGE_ID = '100000000000001';

const PREFIX: Readonly<Record<Flavour, string>> = { facebook: 'EAA', instagram: 'IGAA' };

interface IssuedTokensInput {
  readonly account: SandboxAccount;
  readonly apps: SandboxApps;
  readonly now: () => Date;
}

/** All tokens that there are: whose, of which app, for what, until when. */
export function createIssuedTokens({ account, apps, now }: IssuedTokensInput): IssuedTokens {
  const tokens = new Map<string, IssuedToken>();
  const revoked = new Map<string, { subcode: number | undefined }>();
  const pageTokens = new Map<string, IssuedToken>();

  const keep = (token: IssuedToken) => {
    tokens.set(token.value, token);
    return token;
  };

  // Their age and end move with the clock, so that a library can go on with one however long ago it was stored.
  const lasting = (value: string, facts: Omit<IssuedToken, 'value' | 'issuedAt' | 'expiresAt' | 'isLong'>) =>
    keep({
      ...facts,
      value,
      isLong: true,
      get issuedAt() {
        return new Date(now().getTime() - 2 * 24 * 3600 * 1000);
      },
      get expiresAt() {
        return facts.kind === 'page' ? undefined : new Date(now().getTime() + SIXTY_DAYS * 1000);
      },
    });
  const fixed = (prefix: string, purpose: string) => `${prefix}Sandbox${digestOf(`${purpose} ${account.id}`)}`;

  const facebook = lasting(fixed(PREFIX.facebook, 'user'), {
    flavour: 'facebook',
    kind: 'user',
    appId: apps.facebook.id,
    userId: USER_ID,
    scopes: USUAL_SCOPES.facebook,
    declined: [],
  });
  const instagram = lasting(fixed(PREFIX.instagram, 'instagram'), {
    flavour: 'instagram',
    kind: 'instagram',
    appId: apps.instagram.id,
    userId: account.appScopedId,
    accountId: account.id,
    scopes: USUAL_SCOPES.instagram,
    declined: [],
  });

  const issue: IssuedTokens['issue'] = ({ issuedAt = now(), lifeSeconds, declined = [], ...facts }) =>
    keep({
      ...facts,
      declined,
      value: `${PREFIX[facts.flavour]}${digestOf(randomBytes(32))}${digestOf(randomBytes(32))}`,
      issuedAt,
      expiresAt: lifeSeconds === undefined ? undefined : new Date(issuedAt.getTime() + lifeSeconds * 1000),
      isLong: lifeSeconds === undefined || lifeSeconds > LONGEST_SHORT_LIFE,
    });

  const newPageToken = (of: IssuedToken, pageId: string): IssuedToken => {
    const { appId, userId, scopes, declined } = of;
    const facts = { flavour: 'facebook', kind: 'page', appId, userId, pageId, scopes, declined } as const;
    if (of === facebook)
      return lasting(fixed(PREFIX.facebook, pageId === FIRST_PAGE_ID ? 'page' : `page ${pageId}`), facts);
    const issuedAt = now();
    const rest = of.expiresAt && Math.floor((of.expiresAt.getTime() - issuedAt.getTime()) / 1000);
    return issue({ ...facts, issuedAt, lifeSeconds: of.isLong ? undefined : rest });
  };

  const owned = ({ appId, userId }: Pick<IssuedToken, 'appId' | 'userId'>) =>
    [...tokens.values()].filter((token) => token.appId === appId && token.userId === userId);

  const issued: IssuedTokens = {
    wellKnown: { facebook, instagram },
    issue,
    pageToken(of, pageId) {
      const key = `${of.value} ${pageId}`;
      const made = pageTokens.get(key) ?? newPageToken(of, pageId);
      pageTokens.set(key, made);
      return made;
    },
    find: (value) => tokens.get(value ?? ''),
    refusal(value, flavour) {
      if (!value) return noToken();
      const token = tokens.get(value);
      if (token?.flavour !== flavour) return unreadableToken();
      const death = revoked.get(value);
      if (death) return deadToken(death.subcode, { appId: token.appId, now: now() });
      const { expiresAt } = token;
      return expiresAt && expiresAt <= now() ? expiredToken(expiresAt, now()) : undefined;
    },
    revokeAll(subcode) {
      for (const value of tokens.keys()) revoked.set(value, { subcode });
    },
    revokeOf(owner) {
      for (const { value } of owned(owner)) revoked.set(value, { subcode: 458 });
    },
    withdraw(owner, scope) {
      for (const token of owned(owner)) {
        const scopes = token.scopes.filter((granted) => granted !== scope);
        if (scopes.length < token.scopes.length) Object.assign(token, { scopes, declined: [...token.declined, scope] });
      }
    },
    restore: () => revoked.clear(),
  };
  // A library may have stored it at an earlier start: it is known before anyone asks for it.
  issued.pageToken(facebook, FIRST_PAGE_ID);
  return issued;
}

/** Letters and digits only, as in Meta's own. */
const digestOf = (text: string | Uint8Array) =>
  createHash('sha512')
    .update(text)
    .digest('base64')
    .replace(/[^A-Za-z0-9]/g, '');
