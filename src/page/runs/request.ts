import type { BackfillRequest, Run } from '../../contract/runs.ts';
import { dayAfter } from '../address.ts';

/** The fields of the form, as entered; the last day is inclusive. */
export interface StartFields {
  readonly account: string;
  readonly mediaType: 'feed' | 'stories' | 'both';
  readonly from: string;
  readonly to: string;
  readonly limit: string;
  readonly concurrency: string;
  readonly dryRun: boolean;
  readonly incremental: boolean;
  readonly retryFailed: boolean;
  readonly wait: boolean;
  readonly collaborations: boolean;
}

export const isBackwards = ({ from, to }: StartFields) => from !== '' && to !== '' && from > to;

/** The request for the server. Retrying failed items cannot be combined with options that choose posts. */
export function requestOf(fields: StartFields): BackfillRequest {
  const { account, mediaType, from, to, limit, concurrency, dryRun, retryFailed, wait } = fields;
  return {
    ...(account ? { account } : {}),
    ...(from ? { since: from } : {}),
    ...(to ? { until: dayAfter(to) } : {}),
    ...(limit ? { limit: Number(limit) } : {}),
    ...(concurrency ? { concurrency: Number(concurrency) } : {}),
    dryRun,
    wait,
    ...(retryFailed
      ? { retryFailed }
      : { mediaType, incremental: fields.incremental, collaborations: fields.collaborations }),
  };
}

/** The real run that a dry run estimated. */
export function realRunOf({ account, request }: Run): BackfillRequest {
  const { limit, since, until, incremental, retryFailed, collaborations, mediaType } = request;
  const known = (['feed', 'stories', 'both'] as const).find((type) => type === mediaType);
  return {
    ...(account ? { account: account.id } : {}),
    ...(limit === null ? {} : { limit }),
    ...(since === null ? {} : { since: since.slice(0, 10) }),
    ...(until === null ? {} : { until: until.slice(0, 10) }),
    ...(retryFailed ? { retryFailed } : { ...(known ? { mediaType: known } : {}), incremental, collaborations }),
  };
}
