export interface Quota {
  spend(calls: number): void;
  isSpent(): boolean;
  /** The usage headers; none before `headersAfter` calls, as with the real API. */
  headers(): Record<string, string>;
}

export interface UsageInput {
  readonly accountId: string;
  readonly percent: number;
  readonly minutes: number;
  readonly header?: 'app' | 'business' | 'both';
}

/** `x-app-usage` and `x-business-use-case-usage` with whole percentages. */
export function usageHeaders({ accountId, percent, minutes, header = 'both' }: UsageInput): Record<string, string> {
  const share = Math.round(percent);
  const app = { call_count: share, total_time: Math.round(share * 0.9), total_cputime: Math.round(share * 0.8) };
  const business = { [accountId]: [{ type: 'instagram', ...app, estimated_time_to_regain_access: minutes }] };
  return {
    ...(header !== 'business' && { 'x-app-usage': JSON.stringify(app) }),
    ...(header !== 'app' && { 'x-business-use-case-usage': JSON.stringify(business) }),
  };
}

/** Counts calls in a window that opens with its first call. */
export function createQuota(input: {
  accountId: string;
  now: () => Date;
  budget: number;
  windowSeconds: number;
  headersAfter: number;
}): Quota {
  let opened = Number.NEGATIVE_INFINITY;
  let used = 0;
  let total = 0;
  const closes = () => opened + input.windowSeconds * 1000;
  const current = () => (input.now().getTime() < closes() ? used : 0);
  return {
    spend(calls) {
      used = current() + calls;
      if (used === calls) opened = input.now().getTime();
      total += calls;
    },
    isSpent: () => current() > input.budget,
    headers() {
      if (total < input.headersAfter) return {};
      const percent = Math.floor((current() / input.budget) * 100);
      const minutes = percent >= 100 ? Math.ceil((closes() - input.now().getTime()) / 60_000) : 0;
      return usageHeaders({ accountId: input.accountId, percent, minutes });
    },
  };
}
