import { integerOf, type Params, structureOf } from './params.ts';
import { badRequest, Refusal } from './refusal.ts';

export interface Update {
  readonly update_id: number;
  readonly [kind: string]: unknown;
}

interface Queued {
  readonly update: Update;
  delivered: number;
}

export interface Updates {
  /** Queues an update of a kind, unless the bot did not want such. */
  add(kind: string, content: unknown): void;
  /** Queues an update even if the bot did not want such: those from before it said so come too. */
  force(kind: string, content: unknown): void;
  /** Answers getUpdates, at once or when there is something. */
  poll(params: Params, signal: AbortSignal): Promise<Update[]>;
  deliverTwice(): void;
  /** Forgets all that was not fetched. */
  drop(): void;
  isPolled(): boolean;
}

/** Kinds that come only to those who name them (core.telegram.org/bots/api#getupdates, allowed_updates). */
const UNUSUAL = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);

/** The queue behind getUpdates: core.telegram.org/bots/api#getupdates. */
export function createUpdates(pollTimeoutCap: number): Updates {
  let queue: Queued[] = [];
  let nextId = 700_000_001;
  let allowed: readonly string[] = [];
  let deliveries = 1;
  let waiting: { wake(): void; end(): void } | undefined;

  const isWanted = (kind: string) => (allowed.length === 0 ? !UNUSUAL.has(kind) : allowed.includes(kind));

  /** All before the offset are confirmed; a negative one counts from the end, and forgets what is before it. */
  function confirm(offset: number): void {
    if (offset < 0) queue = queue.slice(offset);
    else queue = queue.filter(({ update, delivered }) => update.update_id >= offset || delivered < deliveries);
  }

  function take(limit: number): Update[] {
    const taken = queue.slice(0, limit);
    for (const queued of taken) queued.delivered++;
    return taken.map(({ update }) => update);
  }

  function settle(params: Params): { limit: number; timeout: number } {
    const kinds = structureOf(params, 'allowed_updates', 'allowed updates');
    if (kinds !== undefined && !Array.isArray(kinds)) throw badRequest('allowed_updates must be an Array of String');
    if (kinds !== undefined) allowed = kinds.map(String);
    confirm(integerOf(params, 'offset') ?? 0);
    const limit = integerOf(params, 'limit') ?? 100;
    const timeout = Math.max(0, Math.min(integerOf(params, 'timeout') ?? 0, 50, pollTimeoutCap));
    return { limit: limit >= 1 && limit <= 100 ? limit : 100, timeout };
  }

  const force = (kind: string, content: unknown) => {
    queue.push({ update: { update_id: nextId++, [kind]: content }, delivered: 0 });
    waiting?.wake();
  };

  return {
    add(kind, content) {
      if (isWanted(kind)) force(kind, content);
    },
    force,

    async poll(params, signal) {
      waiting?.end();
      const { limit, timeout } = settle(params);
      if (queue.length === 0 && timeout > 0) await waitForUpdate(timeout, signal);
      return signal.aborted ? [] : take(limit);
    },

    deliverTwice() {
      deliveries = 2;
    },

    drop() {
      queue = [];
    },

    isPolled: () => waiting !== undefined,
  };

  /** The words are in many reports, e.g. github.com/telegraf/telegraf/issues/704: the earlier poller gets them. */
  function waitForUpdate(seconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (how: () => void) => () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        if (waiting === me) waiting = undefined;
        how();
      };
      const wake = finish(resolve);
      const end = finish(() =>
        reject(
          new Refusal(
            409,
            'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
          ),
        ),
      );
      const me = { wake, end };
      const timer = setTimeout(wake, seconds * 1000);
      signal.addEventListener('abort', wake);
      waiting = me;
    });
  }
}
