import { ADD_ACCOUNT_HINT, nameOf, type TokenInfo, type TokenKind } from '../../app/accounts.ts';
import { type TokenStatus, tokenStatus } from '../../app/tokens/status.ts';
import type { OptionsOf } from '../command.ts';
import type { instagramStatus } from '../commands/instagram-status.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { LOGINS } from '../sign-in-guide.ts';
import { oneLine, renderTable } from '../terminal.ts';
import { withApp } from '../with-app.ts';

const TOKEN_TYPES: Readonly<Record<TokenKind, string>> = {
  instagram: 'Instagram token',
  user: 'user token',
  page: 'Page token',
  system_user: 'system user token',
};
const DAY = 24 * 60 * 60 * 1000;

export async function run(options: OptionsOf<typeof instagramStatus>, context: Context): Promise<ExitCode> {
  const { terminal, clock, signal } = context;
  return withApp(context, async (app) => {
    const accounts =
      options.accountId === undefined ? await app.accounts.list() : [await app.accounts.find(options.accountId)];
    const statuses = await Promise.all(accounts.map((account) => tokenStatus(app, account, signal)));
    const now = clock.now();
    if (options.json) terminal.json({ accounts: statuses.map((status) => toJson(status, now)) });
    else if (statuses.length === 0) terminal.print(`No accounts yet. ${ADD_ACCOUNT_HINT}`);
    for (const status of options.json ? [] : statuses) terminal.print(table(status, now));
    return statuses.every(({ problem }) => !problem) ? EXIT.done : EXIT.stopped;
  });
}

const daysUntil = (end: Date | undefined, now: Date): number | null =>
  end ? Math.floor((end.getTime() - now.getTime()) / DAY) : null;

const day = (moment: Date | undefined): string => moment?.toISOString().slice(0, 10) ?? '-';

/** `2026-12-31, in 37 days`. */
function expiry(end: Date | undefined, now: Date): string {
  const days = daysUntil(end, now);
  if (!end || days === null) return 'never';
  if (end <= now) return `${day(end)} (passed)`;
  return `${day(end)}, in ${days === 1 ? '1 day' : `${days} days`}`;
}

function table(status: TokenStatus, now: Date): string {
  const { stored, source, flavour, kind, permissions, missing, identity, rule, problem } = status;
  const rows: [string, string][] = [
    ['Health', problem ? oneLine(problem.hint ? `${problem.message}. ${problem.hint}` : problem.message) : 'ok'],
    ['Login', flavour ? LOGINS[flavour] : '-'],
  ];
  if (stored) {
    rows.push(
      ['Token type', kind ? TOKEN_TYPES[kind] : 'unknown'],
      [
        permissions?.from === 'sign-in' ? 'Permissions at sign-in' : 'Permissions',
        permissions?.names.join(', ') ?? 'unknown',
      ],
      ...(missing.length > 0 ? [['Missing permissions', missing.join(', ')] as [string, string]] : []),
      ['Issued', day(status.issuedAt)],
      ['Expires', expiry(status.expiresAt, now)],
      ...(status.dataAccessExpiresAt
        ? [['Data access expires', expiry(status.dataAccessExpiresAt, now)] as [string, string]]
        : []),
      ...(source ? [['Its user token expires', expiry(source.expiresAt, now)] as [string, string]] : []),
      ['Last refreshed', day(source?.lastRefreshedAt ?? stored.lastRefreshedAt)],
      ['Renewal', rule ?? '-'],
    );
  }
  rows.push(
    ['Posts on Instagram', identity?.mediaCount?.toLocaleString('en') ?? '-'],
    ['API quota used', identity?.usagePercent === undefined ? 'not reported' : `${identity.usagePercent} %`],
  );
  return renderTable(['Account', oneLine(nameOf(status.account))], rows);
}

const endJson = (info: Pick<TokenInfo, 'issuedAt' | 'expiresAt' | 'lastRefreshedAt'>, now: Date) => ({
  issued_at: info.issuedAt.toISOString(),
  expires_at: info.expiresAt?.toISOString() ?? null,
  days_left: daysUntil(info.expiresAt, now),
  last_refreshed_at: info.lastRefreshedAt?.toISOString() ?? null,
});

function toJson(status: TokenStatus, now: Date) {
  const { account, stored, source, flavour, kind, permissions, missing, identity, problem } = status;
  return {
    username: account.username ?? null,
    display_name: account.displayName,
    instagram_account_id: account.instagramId,
    flavour: flavour ? LOGINS[flavour] : null,
    token_kind: kind ?? null,
    permissions: permissions?.names ?? null,
    permissions_from: permissions?.from ?? null,
    missing_permissions: missing,
    issued_at: status.issuedAt?.toISOString() ?? null,
    expires_at: status.expiresAt?.toISOString() ?? null,
    days_left: daysUntil(status.expiresAt, now),
    data_access_expires_at: status.dataAccessExpiresAt?.toISOString() ?? null,
    last_refreshed_at: stored?.lastRefreshedAt?.toISOString() ?? null,
    persons_token: source ? endJson(source, now) : null,
    rule: status.rule ?? null,
    healthy: !problem,
    health: problem?.message ?? 'ok',
    hint: problem?.hint ?? null,
    media_count: identity?.mediaCount ?? null,
    usage_percent: identity?.usagePercent ?? null,
  };
}
