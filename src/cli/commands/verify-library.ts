import type { App } from '../../app.ts';
import { InterruptedError, type StorylineError, UsageError } from '../../errors.ts';
import { formatBytes, plural } from '../../lib/format.ts';
import { claimFolder, movedNote, refuseOthers, whoseFolder } from '../../library/identity.ts';
import { type Mended, mendLibrary } from '../../library/mend.ts';
import { type Finding, verifyLibrary } from '../../library/verify.ts';
import { type Refetched, refetch } from '../../repair-library.ts';
import { liveOwners } from '../../runs/lock.ts';
import { connectedTo, sandboxConfig, withSandbox } from '../../sandbox-library.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { oneLine } from '../terminal.ts';
import { libraryConfig, withApp } from '../with-app.ts';

interface Options {
  repair: boolean;
  sandbox: boolean;
  json: boolean;
}

/** Findings that are shown; `--json` shows all. */
const SHOWN = 20;

interface Verified {
  readonly findings: readonly Finding[];
  readonly whole: number;
  /** Bytes that were read again. */
  readonly bytes: number;
}

interface Repair {
  readonly mended: Mended;
  readonly refetched: Refetched;
}

export async function verify(options: Options, context: Context): Promise<ExitCode> {
  if (!options.repair) {
    return withApp(
      context,
      async (app) => {
        refuseOthers(app.belonging);
        return show(await read(app, context), undefined, options, context);
      },
      libraryConfig(context, options),
    );
  }
  if (!options.sandbox) return withApp(context, (app) => repair(app, options, context));
  return withSandbox((sandbox) =>
    withApp(context, (app) => repair(app, options, context), connectedTo(sandboxConfig(context.config), sandbox)),
  );
}

async function repair(app: App, options: Options, context: Context): Promise<ExitCode> {
  const { terminal, signal } = context;
  const { db, storage, outside } = app;
  if ((await liveOwners(db, outside.now())).length > 0) {
    throw new UsageError('A backfill is under way: what it is writing looks like damage', {
      hint: 'Wait for its end (see backfill-status), then run the same command again.',
    });
  }
  const library = { db, storage, now: outside.now };
  const belonging = await whoseFolder(library);
  refuseOthers(belonging, { isRepair: true });
  const moved = await claimFolder(library, belonging);
  if (moved) context.log.info(movedNote(moved, storage.locate('')));
  const mended = await mendLibrary({ db, storage, now: outside.now });
  const verified = await read(app, context);
  const damaged = verified.findings.flatMap(({ kind, instagramMediaId }) =>
    instagramMediaId !== undefined && (kind === 'missing' || kind === 'altered') ? [instagramMediaId] : [],
  );
  let fetched = 0;
  const refetched = await refetch(app, damaged, {
    signal,
    follow: ({ type }) => {
      if (type === 'kept') fetched += 1;
      terminal.status(`${fetched} of ${plural(damaged.length, 'file')} fetched again`);
    },
  });
  terminal.clearStatus();
  return show(verified, { mended, refetched }, options, context);
}

async function read({ db, storage, outside }: App, { terminal, signal }: Context): Promise<Verified> {
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
  return { findings, whole, bytes };
}

function show(
  { findings, whole, bytes }: Verified,
  repaired: Repair | undefined,
  options: Options,
  context: Context,
): ExitCode {
  const { terminal, program } = context;
  const isRepaired = ({ instagramMediaId }: Finding) =>
    instagramMediaId !== undefined && (repaired?.refetched.repaired.has(instagramMediaId) ?? false);
  const left = findings.filter((finding) => !isRepaired(finding));
  const stoppedBy = repaired?.refetched.stoppedBy;
  const exitCode = stoppedBy ? exitCodeOf(stoppedBy) : left.length === 0 ? EXIT.done : EXIT.someFailed;
  const why = ({ instagramMediaId }: Finding) => repaired?.refetched.reasons.get(instagramMediaId ?? '');
  if (options.json) {
    terminal.json({
      whole,
      bytes,
      findings: findings.map((finding) => ({
        kind: finding.kind,
        path: finding.path,
        instagram_media_id: finding.instagramMediaId ?? null,
        reason: finding.reason,
        ...(repaired ? { repaired: isRepaired(finding), not_repaired_because: why(finding) ?? null } : {}),
      })),
      ...(repaired ? { mended: repaired.mended, error: errorJson(stoppedBy) } : {}),
    });
    return exitCode;
  }
  terminal.print(`${plural(whole, 'file')} whole, ${formatBytes(bytes)} read again.`);
  if (repaired) for (const line of mendedLines(repaired.mended)) terminal.print(line);
  const count = findings.length - left.length;
  if (count > 0) terminal.print(`${plural(count, 'file')} fetched again from Instagram.`);
  for (const finding of left.slice(0, SHOWN)) {
    const because = why(finding);
    const reason = because ? `${finding.reason}; not repaired: ${oneLine(because)}` : finding.reason;
    terminal.print(`  ${finding.kind.padEnd(7)}  ${oneLine(finding.path)}: ${reason}`);
  }
  if (left.length > SHOWN) terminal.print(`  … and ${left.length - SHOWN} more: see --json`);
  terminal.print(left.length === 0 ? 'The library is whole.' : `${plural(left.length, 'thing')} wrong.`);
  if (left.length > 0 && !repaired) {
    const flag = options.sandbox ? ' --sandbox' : '';
    terminal.print(`To put right what can be: ${program} verify-library --repair${flag}`);
  }
  if (stoppedBy) terminal.note(`\nStopped: ${stoppedBy.message}${stoppedBy.hint ? `\n${stoppedBy.hint}` : ''}`);
  return exitCode;
}

const errorJson = (error: StorylineError | undefined) =>
  error ? { type: error.name, message: error.message, hint: error.hint ?? null } : null;

const mendedLines = ({ relinked, identified, rebuilt, described, cleared }: Mended): string[] =>
  (
    [
      [rebuilt, 'row', 'made anew from files and their sidecars'],
      [relinked, 'row', 'named a place that is not there any more, and was found here'],
      [identified, 'row', 'of the Python program got its Instagram id'],
      [described, 'sidecar', 'written again'],
      [cleared, 'half-written file', 'removed'],
    ] as const
  ).flatMap(([count, noun, what]) => (count > 0 ? [`${plural(count, noun)} ${what}.`] : []));
