import type { Account } from '../../accounts/accounts.ts';
import type { App } from '../../app.ts';
import { StorylineError } from '../../errors.ts';
import { flavourOf } from '../../instagram/graph.ts';
import { identify } from '../../instagram/identify.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, renderTable } from '../terminal.ts';
import { withApp } from '../with-app.ts';

const FLAVOURS = { facebook: 'Facebook Login', instagram: 'Instagram Login' } as const;
const DAY = 24 * 60 * 60 * 1000;

export async function instagramStatus(options: { json: boolean }, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async (app) => {
    const accounts = await app.accounts.list();
    const statuses = await Promise.all(accounts.map((account) => statusOf(app, account, context.signal)));
    if (options.json) terminal.json({ accounts: statuses });
    else if (statuses.length === 0) {
      terminal.print('No accounts yet. Add one with: storyline-cli add-instagram-account --help');
    } else {
      for (const status of statuses) {
        terminal.print(
          renderTable(
            ['Account', status.username ? `@${status.username}` : status.display_name],
            [
              ['Signed in by', status.flavour ?? '-'],
              ['Token stored', status.issued_at?.slice(0, 10) ?? '-'],
              ['Token ends', status.issued_at ? (status.expires_at?.slice(0, 10) ?? 'never') : '-'],
              ['Days left', status.days_left === null ? '-' : String(status.days_left)],
              ['Last refreshed', status.last_refreshed_at?.slice(0, 10) ?? '-'],
              ['Health', oneLine(status.health)],
              ['Posts on Instagram', status.media_count === null ? '-' : String(status.media_count)],
              ['API budget used', status.usage_percent === null ? 'not reported' : `${status.usage_percent} %`],
            ],
          ),
        );
      }
    }
    return statuses.every(({ health }) => health === 'ok') ? EXIT.done : EXIT.stopped;
  });
}

async function statusOf(app: App, account: Account, signal: AbortSignal) {
  const info = await app.tokens.info(account);
  const known = {
    username: account.username ?? null,
    display_name: account.displayName,
    instagram_account_id: account.instagramId,
    issued_at: info?.issuedAt.toISOString() ?? null,
    expires_at: info?.expiresAt?.toISOString() ?? null,
    days_left: info?.expiresAt ? Math.floor((info.expiresAt.getTime() - app.outside.now().getTime()) / DAY) : null,
    last_refreshed_at: info?.lastRefreshedAt?.toISOString() ?? null,
  };
  let flavour: string | null = null;
  try {
    const token = await app.tokens.valueFor(account);
    flavour = FLAVOURS[flavourOf(token)];
    const identity = await identify(
      token,
      account.instagramId,
      { ...app.config.graph, ...app.outside, timeout: app.config.networkTimeout },
      signal,
    );
    const health =
      identity.instagramId === account.instagramId ? 'ok' : `the token belongs to the account ${identity.instagramId}`;
    return {
      ...known,
      flavour,
      health,
      media_count: identity.mediaCount ?? null,
      usage_percent: identity.usagePercent ?? null,
    };
  } catch (error) {
    if (!(error instanceof StorylineError)) throw error;
    const health = error.hint ? `${error.message}. ${error.hint}` : error.message;
    return { ...known, flavour, health, media_count: null, usage_percent: null };
  }
}
