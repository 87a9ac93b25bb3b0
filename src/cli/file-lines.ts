import { type BackfillStatus, type FileCheck, WHOLE_LIBRARY } from '../app/status.ts';
import { plural } from '../lib/format.ts';
import { formatMoment } from '../media/moment.ts';

/** The last checks of files, then what is known now if it differs from what they found. */
export function fileLines({ files: { checks, missing, altered }, accounts, items }: BackfillStatus): string[] {
  const { total } = items;
  const shown = latestChecks(checks, accounts, total);
  const lines = shown.map((check) => {
    const whose = accounts.size > 1 && check.scope !== WHOLE_LIBRARY ? ` of ${accounts.get(check.scope)}` : '';
    const onDisk = check.files - check.missing - check.altered;
    const problems = [
      ...(check.missing > 0 ? [`${number(check.missing)} missing`] : []),
      ...(check.altered > 0 ? [`${number(check.altered)} changed`] : []),
    ];
    const some = accounts.size <= 1 && check.files < total ? `${number(check.files)} of ${number(total)} ` : '';
    const counts = [`${number(onDisk)} on disk`, ...problems].join(', ');
    return `Files${whose}: ${counts} (${some}checked ${formatMoment(check.checkedAt)})`;
  });
  const found = shown.reduce((sum, check) => sum + check.missing + check.altered, 0);
  const now = [
    ...(missing > 0 ? [`${plural(missing, 'file')} missing`] : []),
    ...(altered > 0 ? [`${plural(altered, 'file')} changed`] : []),
  ];
  return now.length === 0 || (shown.length === 1 && found === missing + altered)
    ? lines
    : [...lines, `Known now: ${now.join(', ')}`];
}

/** Leaves out checks that a later one of the same files, or of all files, has replaced. */
function latestChecks(checks: readonly FileCheck[], accounts: ReadonlyMap<string, string>, total: number): FileCheck[] {
  const current = checks.filter(({ scope }) => scope === WHOLE_LIBRARY || accounts.has(scope));
  const all = current.findIndex(({ scope }) => scope === WHOLE_LIBRARY);
  const since = all < 0 ? current : current.slice(0, all + 1);
  const isEnough = accounts.size <= 1 && (since[0]?.files ?? 0) >= total;
  return isEnough ? since.slice(0, 1) : since;
}

const number = (count: number): string => count.toLocaleString('en');
