import type { Run } from '../../contract/runs.ts';
import { Icon, type IconName } from '../icons.tsx';
import { formats, words } from '../words/words.ts';

const STATUS_ICONS: Readonly<Record<Run['status'], IconName>> = {
  running: 'runs',
  completed: 'check',
  failed: 'warning',
  interrupted: 'close',
};

export const Status = ({ status }: { status: Run['status'] }) => (
  <span class={`status status-${status}`}>
    <Icon name={STATUS_ICONS[status]} size={16} />
    {words.runs.status[status]}
  </span>
);

export function byText({ triggeredBy, account }: Run): string {
  const names: Readonly<Record<string, string>> = words.runs.triggeredBy;
  const by = names[triggeredBy] ?? triggeredBy;
  return account ? `${account.name}, ${by}` : by;
}

/** The options of a run in few words. */
export function requestText({ request }: Run): string {
  const { types } = words.start;
  const named: Readonly<Record<string, string>> = types;
  const parts = [
    request.repair
      ? words.runs.repair
      : request.retryFailed
        ? words.start.retryFailed
        : (named[request.mediaType] ?? request.mediaType),
    ...(request.dryRun ? [words.runs.dryRun] : []),
    ...(request.incremental ? [words.start.incremental] : []),
    ...(request.limit === null ? [] : [`${words.start.limit} ${formats.number(request.limit)}`]),
  ];
  return parts.join(', ');
}
