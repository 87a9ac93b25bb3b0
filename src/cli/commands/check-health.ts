import type { App } from '../../app.ts';
import type { Config } from '../../config.ts';
import { accountChecks } from '../../health/accounts.ts';
import { type Check, failed } from '../../health/check.ts';
import { databaseCheck, folderChecks, keyChecks, runChecks } from '../../health/library.ts';
import { networkChecks } from '../../health/network.ts';
import type { Flavour } from '../../instagram/graph.ts';
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
  const library = await libraryChecks(context, config);
  const checks = [...library.checks];
  if (options.offline || options.sandbox) return checks;
  const { clock, signal } = context;
  return [...checks, ...(await networkChecks({ config, flavours: library.flavours, now: clock.now, signal }))];
}

interface LibraryFound {
  checks: readonly Check[];
  flavours: ReadonlySet<Flavour>;
}

async function libraryChecks(context: Context, config: Config): Promise<LibraryFound> {
  const look = async (app: App): Promise<LibraryFound> => {
    const { checks, flavours } = await accountChecks(app);
    return {
      checks: [
        await databaseCheck(app),
        ...(await keyChecks(app)),
        ...checks,
        ...(await runChecks(app)),
        ...(await folderChecks(config, app)),
      ],
      flavours,
    };
  };
  try {
    // What a command would warn of is a line of its own here.
    const quiet = { ...context, log: { ...context.log, warn: () => undefined } };
    return await withApp(quiet, look, config, { followsMove: false });
  } catch (error) {
    return { checks: [failed('Database', error), ...(await folderChecks(config))], flavours: new Set() };
  }
}
