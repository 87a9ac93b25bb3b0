import { type Check, ok, warning } from '../../app/health/check.ts';
import type { App } from '../../app/open.ts';
import { fileOverview } from '../../catalogue/file-states.ts';
import { formatMoment } from '../../media/moment.ts';

const name = 'Files';

/** What is known of the files on disk. Nothing is looked at: that takes a run or verify-library. */
export async function filesCheck({ db }: Pick<App, 'db'>): Promise<Check> {
  const { checks, missing, altered } = await fileOverview(db);
  const [latest] = checks;
  const lacking = [
    ...(missing > 0 ? [`${count(missing)} missing on disk`] : []),
    ...(altered > 0 ? [`${count(altered)} not as stored`] : []),
  ];
  if (lacking.length > 0) {
    return warning(name, lacking.join(', '), 'Download them again: storyline-cli verify-library --repair');
  }
  const { query } = db;
  if (!latest && !(await query.selectFrom('media_items').select('id').limit(1).executeTakeFirst())) {
    return ok(name, 'none yet');
  }
  if (!latest) return warning(name, 'not checked yet', 'Check them: storyline-cli verify-library');
  const { kind, files, checkedAt } = latest;
  const what = kind === 'verify' ? 'every byte' : 'their sizes';
  return ok(name, `${count(files)} checked on ${formatMoment(checkedAt)} (${what}): none is missing`);
}

const count = (files: number) => `${files} ${files === 1 ? 'file' : 'files'}`;
