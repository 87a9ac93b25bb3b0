import type { Connected, HeldToken } from '../app/sign-in/connect.ts';
import { plural } from '../lib/format.ts';
import type { Context } from './context.ts';
import { LOGINS } from './sign-in-guide.ts';

const KINDS = {
  instagram: '',
  user: 'user token',
  page: 'Page token',
  system_user: 'system user token',
};

/** Shows the accounts that were connected, when their tokens expire, and the first page of their feeds. */
export function showConnected(
  connected: readonly Connected[],
  { held, activeId }: { held: HeldToken; activeId: string | undefined },
  { json, sandbox }: { json: boolean; sandbox: boolean },
  { terminal, program }: Context,
): void {
  const flag = sandbox ? ' --sandbox' : '';
  if (json) {
    terminal.json({
      login: held.flavour,
      accounts: connected.map((one) => accountJson(one, activeId)),
      remarks: held.remarks,
    });
    return;
  }
  for (const one of connected) {
    const { account, token, stored, firstPage } = one;
    const newest = firstPage.newest ? ` · newest ${firstPage.newest.toISOString().slice(0, 10)}` : '';
    const count = account.mediaCount ?? firstPage.posts;
    terminal.print(`@${account.username} · ${plural(count, 'post')}${newest}`);
    const kind = token.kind && KINDS[token.kind] ? `, ${KINDS[token.kind]}` : '';
    const end = token.expiresAt ? `expires ${token.expiresAt.toISOString().slice(0, 10)}` : 'does not expire';
    terminal.print(`  ${LOGINS[held.flavour]}${kind}: ${end}. Stored encrypted.`);
    terminal.print(
      `  Tested: the first page has ${plural(firstPage.posts, 'post')} with ${plural(firstPage.files, 'file')}.${stored.id === activeId ? ' This is the active account.' : ''}`,
    );
  }
  for (const remark of held.remarks) terminal.print(`Note: ${remark}`);
  terminal.print(`\nSee what a backfill would download: ${program} backfill-instagram --dry-run${flag}`);
}

const accountJson = ({ account, token, source, stored, firstPage }: Connected, activeId: string | undefined) => ({
  id: stored.id,
  display_name: stored.displayName,
  instagram_account_id: account.instagramId,
  username: account.username,
  page: account.page ? { id: account.page.id, name: account.page.name } : null,
  is_active_account: stored.id === activeId,
  media_count: account.mediaCount ?? null,
  newest_post_at: firstPage.newest?.toISOString() ?? null,
  first_page: { posts: firstPage.posts, files: firstPage.files },
  token: {
    kind: token.kind ?? null,
    expires_at: token.expiresAt?.toISOString() ?? null,
    scopes: token.scopes ?? null,
    source_expires_at: source?.expiresAt?.toISOString() ?? null,
  },
});
