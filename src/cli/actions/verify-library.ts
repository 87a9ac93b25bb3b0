import { connectedTo, sandboxConfig, withSandbox } from '../../app/sandbox.ts';
import {
  type Finding,
  isRepaired,
  type Repair,
  type RepairCounts,
  repair,
  type Verification,
  verify,
} from '../../app/verify.ts';
import type { StorylineError } from '../../errors.ts';
import { formatBytes, plural } from '../../lib/format.ts';
import type { OptionsOf } from '../command.ts';
import type { verifyLibrary } from '../commands/verify-library.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { oneLine } from '../terminal.ts';
import { libraryConfig, withApp } from '../with-app.ts';

type Options = OptionsOf<typeof verifyLibrary>;

/** Findings that are shown; `--json` shows all. */
const FINDINGS_SHOWN = 20;

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { terminal, signal } = context;
  const onRead = ({ files, bytes, problems }: { files: number; bytes: number; problems: number }) =>
    terminal.status(`${plural(files, 'file')} complete, ${formatBytes(bytes)} read, ${plural(problems, 'problem')}`);
  const onDownload = ({ done, of }: { done: number; of: number }) =>
    terminal.status(`${done} of ${plural(of, 'file')} downloaded again`);

  if (!options.repair) {
    const config = libraryConfig(context, options);
    const verification = await withApp(context, (app) => verify(app, { signal, onRead }), config);
    return show(verification, undefined, options, context);
  }
  const repaired = options.sandbox
    ? await withSandbox((sandbox) =>
        withApp(
          context,
          (app) => repair(app, { signal, onRead, onDownload }),
          connectedTo(sandboxConfig(context.config), sandbox),
        ),
      )
    : await withApp(context, (app) => repair(app, { signal, onRead, onDownload }));
  return show(repaired.verification, repaired, options, context);
}

function show(verification: Verification, repaired: Repair | undefined, options: Options, context: Context): ExitCode {
  const { terminal } = context;
  const left = verification.findings.filter((finding) => !isRepaired(finding, repaired?.refetched));
  const stoppedBy = repaired?.refetched.stoppedBy;
  const exitCode = stoppedBy ? exitCodeOf(stoppedBy) : left.length === 0 ? EXIT.done : EXIT.someFailed;
  terminal.clearStatus();
  if (options.json) {
    terminal.json(toJson(verification, repaired));
    return exitCode;
  }
  const { files, covers, bytes } = verification;
  const andCovers = covers > 0 ? ` and ${plural(covers, 'cover')}` : '';
  terminal.print(`${plural(files, 'file')}${andCovers} complete, ${formatBytes(bytes)} read.`);
  if (repaired) for (const line of repairLines(repaired)) terminal.print(line);
  for (const finding of left.slice(0, FINDINGS_SHOWN)) terminal.print(`  ${findingLine(finding, repaired)}`);
  if (left.length > FINDINGS_SHOWN) terminal.print(`  … and ${left.length - FINDINGS_SHOWN} more: see --json`);
  terminal.print(left.length === 0 ? 'The library is complete.' : `${plural(left.length, 'problem')} found.`);
  if (left.length > 0 && !repaired) {
    const flag = options.sandbox ? ' --sandbox' : '';
    terminal.print(`To fix what can be fixed: ${context.program} verify-library --repair${flag}`);
  }
  if (stoppedBy) terminal.note(`\nStopped: ${stoppedBy.message}${stoppedBy.hint ? `\n${stoppedBy.hint}` : ''}`);
  return exitCode;
}

/** Why an item could not be downloaded again. */
const reasonOf = ({ instagramMediaId }: Finding, repaired: Repair | undefined): string | undefined =>
  repaired?.refetched.reasons.get(instagramMediaId ?? '');

function findingLine(finding: Finding, repaired: Repair | undefined): string {
  const notRepaired = reasonOf(finding, repaired);
  const reason = notRepaired ? `${finding.reason}; not repaired: ${oneLine(notRepaired)}` : finding.reason;
  return `${finding.kind.padEnd(7)}  ${oneLine(finding.path)}: ${reason}`;
}

function repairLines({ verification, counts, refetched }: Repair): string[] {
  const downloaded = (['file', 'cover'] as const).map((of) => {
    const { length } = verification.findings.filter((finding) => finding.of === of && isRepaired(finding, refetched));
    return { length, of };
  });
  return [
    ...countLines(counts),
    ...downloaded.flatMap(({ length, of }) => (length > 0 ? [`Downloaded ${plural(length, of)} again.`] : [])),
  ];
}

const countLines = ({ relinked, identified, rebuilt, described, cleared }: RepairCounts): string[] =>
  (
    [
      [rebuilt, (count) => `Rebuilt ${plural(count, 'record')} from files and sidecars.`],
      [relinked, (count) => `Updated ${plural(count, 'record')}: the library was moved here.`],
      [identified, (count) => `Restored the Instagram id of ${plural(count, 'record')} of the Python program.`],
      [described, (count) => `Wrote ${plural(count, 'missing sidecar')}.`],
      [cleared, (count) => `Removed ${plural(count, 'incomplete file')}.`],
    ] satisfies [number, (count: number) => string][]
  ).flatMap(([count, line]) => (count > 0 ? [line(count)] : []));

const toJson = ({ findings, files, covers, bytes }: Verification, repaired: Repair | undefined) => ({
  whole: files,
  covers,
  bytes,
  findings: findings.map((finding) => ({
    kind: finding.kind,
    of: finding.of,
    path: finding.path,
    instagram_media_id: finding.instagramMediaId ?? null,
    reason: finding.reason,
    ...(repaired
      ? {
          repaired: isRepaired(finding, repaired.refetched),
          not_repaired_because: reasonOf(finding, repaired) ?? null,
        }
      : {}),
  })),
  ...(repaired ? { mended: repaired.counts, error: errorJson(repaired.refetched.stoppedBy) } : {}),
});

const errorJson = (error: StorylineError | undefined) =>
  error ? { type: error.name, message: error.message, hint: error.hint ?? null } : null;
