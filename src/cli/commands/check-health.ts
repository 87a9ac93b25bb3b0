import { accountChecks } from '../../app/health/accounts.ts';
import { botTroubleChecks } from '../../app/health/bot.ts';
import { type Check, failed } from '../../app/health/check.ts';
import { databaseCheck, folderChecks, keyChecks, runChecks } from '../../app/health/library.ts';
import { networkChecks } from '../../app/health/network.ts';
import type { App } from '../../app/open.ts';
import type { Config } from '../../config.ts';
import type { Flavour } from '../../instagram/graph/client.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, renderTable } from '../terminal.ts';
import { libraryConfig, withApp } from '../with-app.ts';

interface Options {
  offline: boolean;
  sandbox: boolean;
  json: boolean;
}

export async function checkHealth(options: Options, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  const checks = await allChecks(options, context);
  const isBroken = checks.some(({ state }) => state === 'broken');
  if (options.json) {
    terminal.json({ healthy: !isBroken, checks: checks.map((check) => ({ ...check, remedy: check.remedy ?? null })) });
  } else {
    const { green, red, yellow } = terminal.colors;
    const words = { ok: green('ok'), warning: yellow('warning'), broken: red('broken') };
    terminal.print(
      renderTable(
        ['Check', 'State', 'Finding'],
        checks.map(({ name, state, finding }) => [oneLine(name), words[state], oneLine(finding)]),
      ),
    );
    for (const { name, remedy } of checks) if (remedy) terminal.print(`${oneLine(name)}: ${remedy}`);
  }
  return isBroken ? EXIT.stopped : EXIT.done;
}

async function allChecks(options: Options, context: Context): Promise<Check[]> {
  const config = libraryConfig(context, options);
  const isAsked = !options.offline && !options.sandbox;
  const library = await libraryChecks(context, config, isAsked);
  return [...library.checks, ...library.network];
}

interface LibraryFound {
  checks: readonly Check[];
  network: readonly Check[];
}

async function libraryChecks(context: Context, config: Config, isAsked: boolean): Promise<LibraryFound> {
  const { clock, signal } = context;
  const networkOf = (flavours: ReadonlySet<Flavour>) => networkChecks({ config, flavours, now: clock.now, signal });
  const look = async (app: App): Promise<LibraryFound> => {
    const known = await accountChecks(app);
    const network = isAsked ? await networkOf(known.flavours) : { checks: [], answering: new Set<Flavour>() };
    // Where a host does not answer, nothing is learned of a token.
    const ask = isAsked ? { flavours: network.answering, signal } : undefined;
    const { checks } = ask ? await accountChecks(app, { ask }) : known;
    return {
      checks: [
        await databaseCheck(app),
        ...(await keyChecks(app)),
        ...checks,
        ...(await runChecks(app)),
        ...(await botTroubleChecks(app)),
        ...(await folderChecks(config, app)),
      ],
      network: network.checks,
    };
  };
  try {
    // What a command would warn of is a line of its own here.
    const quiet = { ...context, log: { ...context.log, warn: () => undefined } };
    return await withApp(quiet, look, config, { followsMove: false });
  } catch (error) {
    const network = isAsked ? await networkOf(new Set()) : { checks: [] };
    return { checks: [failed('Database', error), ...(await folderChecks(config))], network: network.checks };
  }
}
