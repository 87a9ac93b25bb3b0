import { fileOverview } from '../../catalogue/file-states.ts';
import { plural } from '../../lib/format.ts';
import { formatMoment } from '../../media/moment.ts';
import type { App } from '../open.ts';
import { type Check, ok, warning } from './check.ts';

const name = 'Files';

/** What the last run or verify-library found on disk. Reads only the database. */
export async function filesCheck({ db }: Pick<App, 'db'>): Promise<Check> {
  const { checks, missing, altered } = await fileOverview(db);
  const [latest] = checks;
  const problems = [
    ...(missing > 0 ? [`${plural(missing, 'file')} missing on disk`] : []),
    ...(altered > 0 ? [`${plural(altered, 'file')} not as stored`] : []),
  ];
  if (problems.length > 0) {
    return warning(name, problems.join(', '), 'Download them again: storyline-cli verify-library --repair');
  }
  const { query } = db;
  if (!latest && !(await query.selectFrom('media_items').select('id').limit(1).executeTakeFirst())) {
    return ok(name, 'none yet');
  }
  if (!latest) return warning(name, 'not checked yet', 'Check them: storyline-cli verify-library');
  const { kind, files, checkedAt } = latest;
  const what = kind === 'verify' ? 'every byte' : 'their sizes';
  return ok(name, `${plural(files, 'file')} checked on ${formatMoment(checkedAt)} (${what}): none is missing`);
}
