import type { Config } from '../../config.ts';
import type { Flavour } from '../../instagram/graph/client.ts';
import { allowingHint, createMediaHosts } from '../../instagram/media/media-hosts.ts';
import { broken, type Check, ok, warning } from './check.ts';
import { type Answer, lookUp, probe } from './probe.ts';

interface NetworkQuestion {
  config: Config;
  /** The kinds of sign-in whose hosts the accounts need. */
  flavours: ReadonlySet<Flavour>;
  now: () => Date;
  signal: AbortSignal;
}

const NAMES = { facebook: 'API of Facebook Login', instagram: 'API of Instagram Login' } as const;
/** Milliseconds. With a larger difference, signatures and expiry dates are judged wrongly. */
const SKEW = 5 * 60 * 1000;
const NO_NETWORK = 'Check the internet connection, DNS, and any proxy or firewall.';

/** Checks that API hosts answer, media hosts have an address, the clock is right, and the bot's token works. */
export async function networkChecks({ config, flavours, now, signal }: NetworkQuestion): Promise<NetworkFound> {
  const hosts = (['facebook', 'instagram'] as const).map((flavour) => ({
    flavour,
    name: NAMES[flavour],
    url: `${config.graph.baseUrls[flavour]}/${config.graph.version}/me`,
    isNeeded: flavours.has(flavour),
  }));
  const isNeeded = flavours.size > 0;
  const [apis, media, bot] = await Promise.all([
    Promise.all(hosts.map(async (host) => ({ ...host, answer: await probe(host.url, signal), at: now() }))),
    Promise.all(config.mediaHosts.map((entry) => mediaCheck(entry, { config, isNeeded, signal }))),
    botCheck(config, signal),
  ]);
  const found = apis.map((api) => ({ flavour: api.flavour, check: apiCheck(api) }));
  return {
    checks: [...found.map(({ check }) => check), ...media, clockCheck(apis), bot],
    answering: new Set(found.flatMap(({ flavour, check }) => (check.state === 'ok' ? flavour : []))),
  };
}

export interface NetworkFound {
  readonly checks: readonly Check[];
  /** The kinds of sign-in whose API answers. */
  readonly answering: ReadonlySet<Flavour>;
}

interface ApiProbe {
  name: string;
  url: string;
  isNeeded: boolean;
  answer: Answer;
  /** When the answer arrived, by this machine's clock. */
  at: Date;
}

const bad = (isNeeded: boolean) => (isNeeded ? broken : warning);

function apiCheck({ name, url, isNeeded, answer }: ApiProbe): Check {
  const { host } = new URL(url);
  if (answer.silence) return bad(isNeeded)(name, `no answer from ${host}: ${answer.silence}`, NO_NETWORK);
  // Meta answers a request without a token in JSON: any other answer is not from Meta.
  if (typeof answer.body === 'object' && answer.body !== null) return ok(name, `${host} answers`);
  const remedy = 'Sign in to the network if it requires that, and check for a proxy.';
  return bad(isNeeded)(name, `something other than ${host} answers`, remedy);
}

/** A host that stands for all hosts under it may have no address of its own. */
async function mediaCheck(
  entry: string,
  { config, isNeeded, signal }: { config: Config; isNeeded: boolean; signal: AbortSignal },
): Promise<Check> {
  const isExact = entry.includes('://') || /:\d+$/.test(entry);
  const { hostname } = new URL(entry.includes('://') ? entry : `https://${entry}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  const name = `Media host ${host}`;
  const silence = await lookUp(host, signal);
  const refused = await createMediaHosts(config.mediaHosts, config.mediaRanges).refusedAddress(host);
  if (refused) {
    return bad(isNeeded)(name, `resolves to ${refused.address}, not a public address`, allowingHint(refused.address));
  }
  if (!silence) return ok(name, 'has an address');
  if (!isExact && !(await lookUp(`scontent.${host}`, signal))) return ok(name, 'its subdomains have addresses');
  return bad(isNeeded)(name, `no address: ${silence}`, NO_NETWORK);
}

function clockCheck(apis: readonly ApiProbe[]): Check {
  const heard = apis.find(({ answer }) => answer.date);
  if (!heard?.answer.date) return ok('Clock', 'not checked: no host sent the time');
  const off = heard.at.getTime() - heard.answer.date.getTime();
  if (Math.abs(off) <= SKEW) return ok('Clock', 'right');
  const minutes = Math.round(Math.abs(off) / 60_000);
  return warning(
    'Clock',
    `this machine's clock is ${minutes} minutes ${off > 0 ? 'ahead' : 'behind'}`,
    'Set the clock, or synchronize it (NTP): the times of runs depend on it.',
  );
}

async function botCheck({ telegram: { botToken, apiRoot } }: Config, signal: AbortSignal): Promise<Check> {
  const name = 'Telegram bot';
  if (botToken === undefined) return ok(name, 'not set up');
  const { body, silence } = await probe(`${apiRoot}/bot${botToken}/getMe`, signal);
  if (silence) return warning(name, `no answer from ${new URL(apiRoot).host}: ${silence}`, NO_NETWORK);
  const username = botName(body);
  return username === undefined
    ? broken(name, 'Telegram rejects the token', 'Copy the token from @BotFather to TELEGRAM_BOT_TOKEN again.')
    : ok(name, `@${username}`);
}

/** From https://core.telegram.org/bots/api#getme: `{ok: true, result: {username}}`. */
function botName(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('ok' in body) || body.ok !== true) return undefined;
  const result = 'result' in body ? body.result : undefined;
  if (typeof result !== 'object' || result === null || !('username' in result)) return undefined;
  return typeof result.username === 'string' ? result.username : undefined;
}
