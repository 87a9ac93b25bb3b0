import { InterruptedError } from '../../errors.ts';
import { type Finding, verifyLibrary } from '../../library/verify.ts';
import { liveOwners } from '../../runs/lock.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { formatBytes, oneLine, plural } from '../terminal.ts';
import { libraryConfig, withApp } from '../with-app.ts';

interface Options {
  sandbox: boolean;
  json: boolean;
}

/** Findings that are shown; `--json` shows all. */
const SHOWN = 20;

export async function verify(options: Options, context: Context): Promise<ExitCode> {
  const { terminal, signal } = context;
  return withApp(
    context,
    async ({ db, storage, outside }) => {
      const findings: Finding[] = [];
      let whole = 0;
      let bytes = 0;
      const owners = await liveOwners(db, outside.now());
      for await (const event of verifyLibrary({ db, storage, liveOwners: owners }, signal)) {
        if (event.type === 'found') findings.push(event.finding);
        else {
          whole += 1;
          bytes += event.bytes;
        }
        terminal.status(`${plural(whole, 'file')} whole, ${formatBytes(bytes)} read, ${findings.length} wrong`);
        if (signal.aborted) throw new InterruptedError();
      }
      terminal.clearStatus();
      if (options.json) terminal.json({ whole, bytes, findings: findings.map(toJson) });
      else {
        terminal.print(`${plural(whole, 'file')} whole, ${formatBytes(bytes)} read again.`);
        for (const finding of findings.slice(0, SHOWN)) {
          terminal.print(`  ${finding.kind.padEnd(7)}  ${oneLine(finding.path)}: ${finding.reason}`);
        }
        if (findings.length > SHOWN) terminal.print(`  … and ${findings.length - SHOWN} more: see --json`);
        terminal.print(findings.length === 0 ? 'The library is whole.' : `${plural(findings.length, 'thing')} wrong.`);
      }
      return findings.length === 0 ? EXIT.done : EXIT.someFailed;
    },
    libraryConfig(context, options),
  );
}

const toJson = ({ kind, path, instagramMediaId, reason }: Finding) => ({
  kind,
  path,
  instagram_media_id: instagramMediaId ?? null,
  reason,
});
