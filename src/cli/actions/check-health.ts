import { checkHealth } from '../../app/health/check-health.ts';
import type { OptionsOf } from '../command.ts';
import type { checkHealth as command } from '../commands/check-health.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, renderTable } from '../terminal.ts';
import { libraryConfig } from '../with-app.ts';

export async function run(options: OptionsOf<typeof command>, context: Context): Promise<ExitCode> {
  const { terminal, clock, log, signal } = context;
  const offline = options.offline || options.sandbox;
  const checks = await checkHealth(libraryConfig(context, options), { ...clock, log }, { offline, signal });
  const isBroken = checks.some(({ state }) => state === 'broken');
  if (options.json) {
    terminal.json({ healthy: !isBroken, checks: checks.map((check) => ({ ...check, remedy: check.remedy ?? null })) });
  } else {
    const { green, red, yellow } = terminal.colors;
    const states = { ok: green('ok'), warning: yellow('warning'), broken: red('broken') };
    terminal.print(
      renderTable(
        ['Check', 'State', 'Finding'],
        checks.map(({ name, state, finding }) => [oneLine(name), states[state], oneLine(finding)]),
      ),
    );
    for (const { name, remedy } of checks) if (remedy) terminal.print(`${oneLine(name)}: ${remedy}`);
  }
  return isBroken ? EXIT.stopped : EXIT.done;
}
