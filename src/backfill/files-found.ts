import { plural } from '../lib/format.ts';
import type { Report } from './report.ts';

/** What a run found of files that were already in the library, in sentences; none if it looked at none. */
export function filesFound(report: Report): string[] {
  const { dryRun, filesChecked, missingOnDisk, changedOnDisk, unreadableOnDisk, covers } = report;
  const fine = filesChecked - missingOnDisk - changedOnDisk - unreadableOnDisk;
  const found = fine === filesChecked ? 'all on disk' : `${fine.toLocaleString('en')} on disk`;
  return [
    ...(filesChecked > 0 ? [`${plural(filesChecked, 'file')} of the listed posts checked: ${found}.`] : []),
    ...(missingOnDisk > 0 ? [missing(report)] : []),
    ...(changedOnDisk > 0
      ? [`${count(changedOnDisk, 'file')} changed on disk, and left as ${they(changedOnDisk)}.`]
      : []),
    ...(unreadableOnDisk > 0 ? [`${plural(unreadableOnDisk, 'file')} could not be checked.`] : []),
    ...(covers > 0 ? [`${count(covers, 'cover')} missing on disk${again(covers, dryRun)}.`] : []),
  ];
}

function missing({ dryRun, missingOnDisk, restored }: Report): string {
  const text = `${count(missingOnDisk, 'file')} missing on disk`;
  if (dryRun || restored === missingOnDisk) return `${text}${again(missingOnDisk, dryRun)}.`;
  return `${text}: ${restored} downloaded again, ${missingOnDisk - restored} not.`;
}

const count = (files: number, noun: string): string => `${plural(files, noun)} ${files === 1 ? 'was' : 'were'}`;
const they = (files: number): string => (files === 1 ? 'it is' : 'they are');
const again = (files: number, dryRun: boolean): string =>
  dryRun ? ' and would be downloaded again' : ` and ${files === 1 ? 'was' : 'were'} downloaded again`;
