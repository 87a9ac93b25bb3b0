import type { App } from '../../app/open.ts';
import { type Refetched, refetch } from '../../app/repair.ts';
import { connectedTo, sandboxConfig, withSandbox } from '../../app/sandbox.ts';
import { fileOverview, noteFileCheck, WHOLE_LIBRARY } from '../../catalogue/file-states.ts';
import { InterruptedError, type StorylineError, UsageError } from '../../errors.ts';
import { formatBytes, plural } from '../../lib/format.ts';
import { claimFolder, movedNote, refuseOthers, whoseFolder } from '../../library/identity.ts';
import { type RepairCounts, repairLibrary } from '../../library/repair/repair.ts';
import { type Finding, verifyLibrary } from '../../library/repair/verify.ts';
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
  /** Covers of videos that are as they were stored. */
  readonly covers: number;
  /** Bytes that were read again. */
  readonly bytes: number;
}

interface Repair {
  readonly mended: RepairCounts;
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
  const { db, stores, outside } = app;
  if ((await app.runs.liveOwners()).length > 0) {
    throw new UsageError('A backfill is under way: what it is writing looks like damage', {
      hint: 'Wait for its end (see backfill-status), then run the same command again.',
    });
  }
  const library = { db, store: stores.media, now: outside.now };
  const belonging = await whoseFolder(library);
  refuseOthers(belonging, { isRepair: true });
  const moved = await claimFolder(library, belonging);
  if (moved) context.log.info(movedNote(moved, stores.media.root));
  const mended = await repairLibrary({ db, stores, now: outside.now });
  const verified = await read(app, context);
  const damaged = idsOf(verified.findings, 'file');
  const covers = idsOf(verified.findings, 'cover');
  const asked = damaged.length + covers.length;
  let fetched = 0;
  const refetched = await refetch(app, damaged, {
    signal,
    covers,
    follow: (event) => {
      if (event.type === 'kept' || (event.type === 'skipped' && event.cover === 'kept')) fetched += 1;
      terminal.status(`${fetched} of ${plural(asked, 'file')} downloaded again`);
    },
  });
  terminal.clearStatus();
  await noteRepair(app, verified.findings, refetched);
  return show(verified, { mended, refetched }, options, context);
}

/** Ids of the files, or the covers, that are downloaded again. */
const idsOf = (findings: readonly Finding[], of: Finding['of']): string[] =>
  findings.flatMap((finding) => {
    const { kind, instagramMediaId } = finding;
    const isDamaged = kind === 'missing' || kind === 'altered';
    return instagramMediaId !== undefined && isDamaged && finding.of === of ? [instagramMediaId] : [];
  });

/** What is left of the findings is what is remembered of the look. */
async function noteRepair({ db }: App, findings: readonly Finding[], refetched: Refetched): Promise<void> {
  const last = (await fileOverview(db)).checks.find(({ scope }) => scope === WHOLE_LIBRARY);
  if (!last || refetched.repaired.size === 0) return;
  const left = (kind: Finding['kind']) =>
    findings.filter((finding) => finding.of === 'file' && finding.kind === kind && !isRepaired(finding, refetched))
      .length;
  await noteFileCheck(db, {
    ...last,
    missing: left('missing'),
    altered: left('altered'),
  });
}

function isRepaired({ instagramMediaId, of }: Finding, refetched: Refetched | undefined): boolean {
  const repaired = of === 'cover' ? refetched?.repairedCovers : refetched?.repaired;
  return instagramMediaId !== undefined && (repaired?.has(instagramMediaId) ?? false);
}

async function read({ db, stores, runs }: App, { terminal, signal }: Context): Promise<Verified> {
  const findings: Finding[] = [];
  let whole = 0;
  let covers = 0;
  let bytes = 0;
  const owners = await runs.liveOwners();
  for await (const event of verifyLibrary({ db, stores, liveOwners: owners }, signal)) {
    if (event.type === 'found') findings.push(event.finding);
    else {
      if (event.type === 'checked') whole += 1;
      else covers += 1;
      bytes += event.bytes;
    }
    terminal.status(`${plural(whole, 'file')} complete, ${formatBytes(bytes)} read, ${findings.length} wrong`);
    if (signal.aborted) throw new InterruptedError();
  }
  terminal.clearStatus();
  return { findings, whole, covers, bytes };
}

function show(
  { findings, whole, covers, bytes }: Verified,
  repaired: Repair | undefined,
  options: Options,
  context: Context,
): ExitCode {
  const { terminal, program } = context;
  const left = findings.filter((finding) => !isRepaired(finding, repaired?.refetched));
  const stoppedBy = repaired?.refetched.stoppedBy;
  const exitCode = stoppedBy ? exitCodeOf(stoppedBy) : left.length === 0 ? EXIT.done : EXIT.someFailed;
  const why = ({ instagramMediaId }: Finding) => repaired?.refetched.reasons.get(instagramMediaId ?? '');
  if (options.json) {
    terminal.json({
      whole,
      covers,
      bytes,
      findings: findings.map((finding) => ({
        kind: finding.kind,
        of: finding.of,
        path: finding.path,
        instagram_media_id: finding.instagramMediaId ?? null,
        reason: finding.reason,
        ...(repaired
          ? { repaired: isRepaired(finding, repaired.refetched), not_repaired_because: why(finding) ?? null }
          : {}),
      })),
      ...(repaired ? { mended: repaired.mended, error: errorJson(stoppedBy) } : {}),
    });
    return exitCode;
  }
  const stills = covers > 0 ? ` and ${plural(covers, 'cover')}` : '';
  terminal.print(`${plural(whole, 'file')}${stills} complete, ${formatBytes(bytes)} read again.`);
  if (repaired) for (const line of mendedLines(repaired.mended)) terminal.print(line);
  const repairedOf = (of: Finding['of']) =>
    findings.filter((finding) => finding.of === of && isRepaired(finding, repaired?.refetched)).length;
  for (const of of ['file', 'cover'] as const) {
    const count = repairedOf(of);
    if (count > 0) terminal.print(`${plural(count, of)} fetched again from Instagram.`);
  }
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

const mendedLines = ({ relinked, identified, rebuilt, described, cleared }: RepairCounts): string[] =>
  (
    [
      [rebuilt, 'row', 'made anew from files and their sidecars'],
      [relinked, 'row', 'named a place that is not there any more, and was found here'],
      [identified, 'row', 'of the Python program got its Instagram id'],
      [described, 'sidecar', 'written again'],
      [cleared, 'incomplete file', 'removed'],
    ] as const
  ).flatMap(([count, noun, what]) => (count > 0 ? [`${plural(count, noun)} ${what}.`] : []));
