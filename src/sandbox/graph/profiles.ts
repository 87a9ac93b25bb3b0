import type { IssuedToken } from '../oauth/issued-tokens.ts';
import type { SandboxAccount, SandboxPost } from '../post.ts';
import { createAccountMedia } from './account-media.ts';
import type { AccountMedia } from './graph-request.ts';

/** What Instagram Login says an account is; a personal one is no professional account, and out of the API's reach. */
export type AccountType = 'BUSINESS' | 'MEDIA_CREATOR' | 'PERSONAL';

/** Another Instagram account than the sandbox's own, with a feed of its own. */
export interface SandboxProfile {
  readonly account: SandboxAccount;
  readonly accountType?: AccountType;
  readonly posts?: readonly SandboxPost[];
  readonly stories?: readonly SandboxPost[];
}

export interface SandboxPage {
  readonly id: string;
  readonly name: string;
  readonly category?: string;
  /** What the person may do there. */
  readonly tasks?: readonly string[];
  /** Belongs to a Meta business: left out of `/me/accounts` where `business_management` was not granted. */
  readonly isOwnedByBusiness?: boolean;
  /** The account linked to it, `own` being the sandbox's; left out: none is. */
  readonly instagram?: 'own' | SandboxProfile;
}

/** An account in the running stand-in. */
export interface Profile {
  readonly account: SandboxAccount;
  readonly accountType: AccountType;
  readonly accountMedia: AccountMedia;
}

export interface Profiles {
  readonly own: Profile;
  readonly all: readonly Profile[];
  readonly pages: readonly SandboxPage[];
  byId(accountId: string): Profile | undefined;
  /** The account linked to a Page. A personal account cannot be linked. */
  linkedTo(page: SandboxPage): Profile | undefined;
  pagesOf(token: IssuedToken): readonly SandboxPage[];
  /** The accounts that a token reaches. */
  of(token: IssuedToken): readonly Profile[];
}

/** One of these is needed besides, where the role on the Page comes from a Meta business. */
const OF_BUSINESSES = ['ads_management', 'ads_read', 'business_management'];

const mayReach = ({ isOwnedByBusiness }: SandboxPage, { scopes }: IssuedToken) =>
  !isOwnedByBusiness || OF_BUSINESSES.some((scope) => scopes.includes(scope));

interface ProfilesInput {
  readonly own: Profile;
  readonly pages: readonly SandboxPage[];
  readonly now: () => Date;
}

export function createProfiles({ own, pages, now }: ProfilesInput): Profiles {
  const others = pages.flatMap(({ instagram }): Profile[] => {
    if (instagram === undefined || instagram === 'own') return [];
    const { account, accountType = 'BUSINESS', posts = [], stories = [] } = instagram;
    const accountMedia = createAccountMedia({ posts, stories, collaborations: [], mediaCount: undefined, now });
    return [{ account, accountType, accountMedia }];
  });
  const all = [own, ...others];
  const byId = (accountId: string) => all.find(({ account }) => account.id === accountId);

  const linkedTo = ({ instagram }: SandboxPage) => {
    const profile = instagram === 'own' ? own : instagram && byId(instagram.account.id);
    return profile?.accountType === 'PERSONAL' ? undefined : profile;
  };

  const pagesOf = (token: IssuedToken) => {
    if (token.kind === 'page') return pages.filter(({ id }) => id === token.pageId);
    if (!token.scopes.includes('pages_show_list')) return [];
    return pages.filter((page) => !page.isOwnedByBusiness || token.scopes.includes('business_management'));
  };

  return {
    own,
    all,
    pages,
    byId,
    linkedTo,
    pagesOf,
    of(token) {
      if (token.flavour === 'instagram') return all.filter(({ account }) => account.id === token.accountId);
      const reached = token.kind === 'page' ? pagesOf(token) : pages.filter((page) => mayReach(page, token));
      return reached.flatMap((page) => linkedTo(page) ?? []);
    },
  };
}
