import { setMaxListeners } from 'node:events';
import { linkSignals } from '../lib/link-signals.ts';
import { type Item, isPosterOnly } from '../media/item.ts';
import type { RunEvent } from './events.ts';
import type { ApiUsage, MediaPart, Sample, Source } from './ports.ts';

/** What a real run would take, as a dry run finds it out. */
export interface Forecast {
  /** Exact, unless Instagram refuses a call or a link dies on the way. */
  readonly apiCalls: number;
  /** Files to download, covers not counted. */
  readonly files: number;
  /** Bytes of those files; absent where none of the sample could be measured. */
  readonly bytes: Estimate | undefined;
  /** Bytes on the disk: the files and the covers of videos. */
  readonly diskBytes: number | undefined;
  readonly freeBytes: number | undefined;
  /** At the speed that was measured with the sample. */
  readonly seconds: number | undefined;
  /** Files and covers whose length was asked for. */
  readonly sampled: number;
  readonly budget: Budget | undefined;
}

/** A value and its spread: the true one lies within it about 19 times of 20. */
export interface Estimate {
  readonly expected: number;
  readonly least: number;
  readonly most: number;
}

/** Instagram's budget of calls, in percent of it. */
export interface Budget {
  readonly usedNow: number;
  /** What will be used when the run has made its calls, above 100 with pauses; absent where the share of a call is not known. */
  readonly usedThen: number | undefined;
  /** How often Instagram will have to let the account in again. */
  readonly pauses: number;
}

/** How many of each are measured at most: enough for a spread of some tenths, few enough to cost seconds. */
const SAMPLES: Readonly<Record<Stratum, number>> = { image: 24, video: 16, cover: 8 };
/** Two standard errors. */
const SPREAD = 2;
/** In milliseconds; what is not measured by then is left out. */
const SAMPLING_TIME = 10_000;

type Stratum = 'image' | 'video' | 'cover';

interface Group {
  count: number;
  readonly drawn: Item[];
}

interface Options {
  /** Downloads at once in the real run. */
  concurrency: number;
  signal: AbortSignal;
  /** Calls that the real run would make beside those of this one. */
  furtherCalls: number;
  freeBytes: number | undefined;
}

/** Follows the events of a dry run, draws a sample of what it chose, and says what the real run would take. */
export function createForecast(random: () => number = Math.random) {
  const groups: Record<Stratum, Group> = {
    image: { count: 0, drawn: [] },
    video: { count: 0, drawn: [] },
    cover: { count: 0, drawn: [] },
  };
  const usages: ApiUsage[] = [];

  // Each item has the same chance to be among the drawn ones, however many there will be.
  const draw = (stratum: Stratum, item: Item) => {
    const group = groups[stratum];
    group.count += 1;
    if (group.drawn.length < SAMPLES[stratum]) group.drawn.push(item);
    else {
      const place = Math.floor(random() * group.count);
      if (place < group.drawn.length) group.drawn[place] = item;
    }
  };

  return {
    follow(event: RunEvent): void {
      if (event.type === 'read') usages.push(event.page.usage);
      if (event.type !== 'chosen') return;
      const { item } = event;
      const isVideo = item.kind === 'video' && !isPosterOnly(item);
      draw(isVideo ? 'video' : 'image', item);
      if (isVideo && item.cover) draw('cover', item);
    },

    /** How many files and covers will be measured. */
    sampleSize: (): number => Object.values(groups).reduce((sum, { drawn }) => sum + drawn.length, 0),

    async make(
      source: Pick<Source, 'sample' | 'usage'>,
      { concurrency, signal, furtherCalls, freeBytes }: Options,
    ): Promise<Forecast> {
      const strata = ['image', 'video', 'cover'] as const;
      // In turns: where time runs out, something is known of each.
      const drawn = strata
        .flatMap((stratum) => groups[stratum].drawn.map((item, turn) => ({ stratum, item, turn })))
        .toSorted((a, b) => a.turn - b.turn);
      const measured = await measureAll(drawn, source, { concurrency, signal });
      const usage = source.usage();
      const of = (stratum: Stratum) => {
        const samples = measured.filter((one) => one.stratum === stratum).map(({ sample }) => sample);
        return estimateSum(
          samples.map(({ size }) => size),
          groups[stratum].count,
        );
      };
      const bytes = addUp([of('image'), of('video')]);
      const diskBytes = addUp([bytes, of('cover')])?.expected;
      const files = groups.image.count + groups.video.count;
      const apiCalls = usage.calls + furtherCalls;
      const samples = measured.map(({ sample }) => sample);
      const requests = files + groups.cover.count;
      return {
        apiCalls,
        files,
        bytes,
        diskBytes,
        freeBytes,
        seconds: files === 0 ? usage.seconds : timeFor({ requests, bytes: diskBytes, samples, concurrency, usage }),
        sampled: samples.length,
        budget: budgetAfter([...usages, usage], apiCalls),
      };
    },
  };
}

interface Drawn {
  readonly stratum: Stratum;
  readonly item: Item;
}

/** As many at once as the run would: what they share, as the line, is measured as the run will find it. */
async function measureAll(
  drawn: readonly Drawn[],
  source: Pick<Source, 'sample'>,
  { concurrency, signal }: Pick<Options, 'concurrency' | 'signal'>,
): Promise<(Drawn & { sample: Sample })[]> {
  const measured: (Drawn & { sample: Sample })[] = [];
  const left = [...drawn];
  const { signal: deadline, dispose } = linkSignals([signal], { timeLimit: SAMPLING_TIME });
  // Every request listens: many of them are no leak.
  setMaxListeners(0, deadline);
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const part: MediaPart = next.stratum === 'cover' ? 'cover' : 'file';
      const sample = await source.sample(next.item, part, deadline);
      if (sample) measured.push({ ...next, sample });
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, work));
  } finally {
    dispose();
  }
  signal.throwIfAborted();
  return measured;
}

/** The sum over all `count` of a kind, by a sample of them; undefined if there are some and none was measured. */
export function estimateSum(sample: readonly number[], count: number): Estimate | undefined {
  const n = sample.length;
  if (n === 0) return count === 0 ? { expected: 0, least: 0, most: 0 } : undefined;
  const known = sample.reduce((sum, value) => sum + value, 0);
  const mean = known / n;
  if (n >= count) return { expected: known, least: known, most: known };
  // One file tells nothing of how they differ: it could be any part or multiple of the others.
  const deviation = n === 1 ? mean : Math.sqrt(sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const unseen = Math.sqrt((count - n) / (count - 1));
  const spread = SPREAD * count * (deviation / Math.sqrt(n)) * unseen;
  return { expected: mean * count, least: Math.max(known, mean * count - spread), most: mean * count + spread };
}

/** Sums of independent kinds: their spreads add up as squares. */
export function addUp(estimates: readonly (Estimate | undefined)[]): Estimate | undefined {
  const known = estimates.filter((estimate) => estimate !== undefined);
  if (known.length < estimates.length) return undefined;
  const expected = known.reduce((sum, estimate) => sum + estimate.expected, 0);
  const spread = (side: 'least' | 'most') =>
    Math.hypot(...known.map((estimate) => Math.abs(estimate[side] - estimate.expected)));
  return { expected, least: expected - spread('least'), most: expected + spread('most') };
}

interface Load {
  /** Files and covers. */
  requests: number;
  bytes: number | undefined;
  samples: readonly Sample[];
  concurrency: number;
  usage: ApiUsage;
}

/** In seconds: each request waits for its answer and for its bytes, so many at once; the walk goes on beside them. */
function timeFor({ requests, bytes, samples, concurrency, usage }: Load): number | undefined {
  if (bytes === undefined || samples.length === 0) return undefined;
  const sum = (of: (sample: Sample) => number) => samples.reduce((total, sample) => total + of(sample), 0);
  const wait = sum(({ waited }) => waited) / samples.length;
  const secondsPerByte =
    sum(({ took }) => took) /
    Math.max(
      1,
      sum(({ received }) => received),
    );
  const downloads = (requests * wait + bytes * secondsPerByte) / Math.min(concurrency, requests);
  const firstPage = usage.seconds / Math.max(1, usage.calls);
  return Math.max(usage.seconds, firstPage + downloads);
}

/** Nothing where Instagram has not reported any usage: it does so only after enough of it. */
export function budgetAfter(usages: readonly ApiUsage[], calls: number): Budget | undefined {
  const reported = usages.flatMap(({ percent, calls: made }) => (percent === undefined ? [] : [{ percent, made }]));
  const [first, last] = [reported[0], reported.at(-1)];
  if (!first || !last) return undefined;
  const usedNow = last.percent;
  // What was used by others, or before, is in the first report already: only growth tells the share of a call.
  if (last.made === first.made) return { usedNow, usedThen: undefined, pauses: 0 };
  const perCall = Math.max(0, last.percent - first.percent) / (last.made - first.made);
  const usedThen = usedNow + perCall * calls;
  return { usedNow, usedThen: Math.round(usedThen), pauses: Math.max(0, Math.ceil(usedThen / 100) - 1) };
}
