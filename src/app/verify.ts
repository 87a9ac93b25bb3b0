import { fileOverview, noteFileCheck, WHOLE_LIBRARY } from '../catalogue/file-states.ts';
import { InterruptedError, UsageError } from '../errors.ts';
import { claimFolder, movedNote, refuseOthers, whoseFolder } from '../library/identity.ts';
import { type RepairCounts, repairLibrary } from '../library/repair/repair.ts';
import { type Finding, verifyLibrary } from '../library/repair/verify.ts';
import type { App } from './open.ts';
import { type RefetchResult, refetch } from './repair.ts';

export type { RepairCounts } from '../library/repair/repair.ts';
export type { Finding } from '../library/repair/verify.ts';

export interface Verification {
  readonly findings: readonly Finding[];
  /** Files that are as they were stored. */
  readonly files: number;
  /** Covers of videos that are as they were stored. */
  readonly covers: number;
  /** Bytes that were read. */
  readonly bytes: number;
}

export interface Repair {
  readonly verification: Verification;
  /** What was repaired without Instagram. */
  readonly counts: RepairCounts;
  readonly refetched: RefetchResult;
}

export interface VerifyOptions {
  readonly signal: AbortSignal;
  /** Called after each file that was read. */
  readonly onRead: (progress: { files: number; bytes: number; problems: number }) => void;
}

export interface RepairOptions extends VerifyOptions {
  /** Called while files are downloaded again. */
  readonly onDownload: (progress: { done: number; of: number }) => void;
}

/**
 * Reads every file and cover of the library and compares it with the database. Changes no file.
 *
 * @throws {UsageError} if the media folder belongs to another library. @throws {InterruptedError}
 */
export async function verify(app: App, options: VerifyOptions): Promise<Verification> {
  refuseOthers(app.belonging);
  return read(app, options);
}

/**
 * The same, after everything was repaired that can be without Instagram. Then missing and changed files are downloaded
 * again.
 *
 * @throws {UsageError} if a run is in progress, or the media folder belongs to another library. @throws {InterruptedError}
 */
export async function repair(app: App, options: RepairOptions): Promise<Repair> {
  const { db, stores, outside } = app;
  if ((await app.runs.liveOwners()).length > 0) {
    throw new UsageError('A backfill is running: the files it is writing would look damaged', {
      hint: 'Wait until it has ended (see backfill-status), then run the same command again.',
    });
  }
  const library = { db, store: stores.media, now: outside.now };
  const belonging = await whoseFolder(library);
  refuseOthers(belonging, { isRepair: true });
  const moved = await claimFolder(library, belonging);
  if (moved) outside.log.info(movedNote(moved, stores.media.root));
  const counts = await repairLibrary({ db, stores, now: outside.now });
  const verification = await read(app, options);
  const refetched = await downloadAgain(app, verification.findings, options);
  await updateCheck(app, verification.findings, refetched);
  return { verification, counts, refetched };
}

async function read({ db, stores, runs }: App, { signal, onRead }: VerifyOptions): Promise<Verification> {
  const findings: Finding[] = [];
  const counts = { files: 0, covers: 0, bytes: 0 };
  for await (const event of verifyLibrary({ db, stores, liveOwners: await runs.liveOwners() }, signal)) {
    if (event.type === 'found') findings.push(event.finding);
    else {
      counts[event.type === 'checked' ? 'files' : 'covers'] += 1;
      counts.bytes += event.bytes;
    }
    onRead({ ...counts, problems: findings.length });
    if (signal.aborted) throw new InterruptedError();
  }
  return { findings, ...counts };
}

async function downloadAgain(
  app: App,
  findings: readonly Finding[],
  { signal, onDownload }: RepairOptions,
): Promise<RefetchResult> {
  const files = idsOf(findings, 'file');
  const covers = idsOf(findings, 'cover');
  let done = 0;
  return refetch(app, files, {
    signal,
    covers,
    follow: (event) => {
      if (event.type === 'kept' || (event.type === 'skipped' && event.cover === 'kept')) done += 1;
      onDownload({ done, of: files.length + covers.length });
    },
  });
}

/** Ids of the files, or the covers, that can be downloaded again. */
const idsOf = (findings: readonly Finding[], of: Finding['of']): string[] =>
  findings.flatMap((finding) => {
    const { kind, instagramMediaId } = finding;
    const isDamaged = kind === 'missing' || kind === 'altered';
    return instagramMediaId !== undefined && isDamaged && finding.of === of ? [instagramMediaId] : [];
  });

/** Takes what was repaired out of the stored result of the check. */
async function updateCheck({ db }: App, findings: readonly Finding[], refetched: RefetchResult): Promise<void> {
  const last = (await fileOverview(db)).checks.find(({ scope }) => scope === WHOLE_LIBRARY);
  if (!last || refetched.repaired.size === 0) return;
  const left = (kind: Finding['kind']) =>
    findings.filter((finding) => finding.of === 'file' && finding.kind === kind && !isRepaired(finding, refetched))
      .length;
  await noteFileCheck(db, { ...last, missing: left('missing'), altered: left('altered') });
}

export function isRepaired({ instagramMediaId, of }: Finding, refetched: RefetchResult | undefined): boolean {
  const repaired = of === 'cover' ? refetched?.repairedCovers : refetched?.repaired;
  return instagramMediaId !== undefined && (repaired?.has(instagramMediaId) ?? false);
}
