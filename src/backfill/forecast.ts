import { setMaxListeners } from 'node:events';
import { linkSignals } from '../lib/link-signals.ts';
import { type Item, isPosterOnly } from '../media/item.ts';
import type { RunEvent } from './events.ts';
import type { ApiUsage, Metered, Sample, Sampleable } from './ports.ts';

/** What a real run would take, as estimated by a dry run. */
export interface Forecast {
  /** Exact, unless Instagram refuses a call or a link expires during the run. */
  readonly apiCalls: number;
  /** Files to download, without covers. */
  readonly files: number;
  /** Bytes of those files; undefined if no file could be measured. */
  readonly bytes: Estimate | undefined;
  /** Bytes on disk: the files and the covers of videos. */
  readonly diskBytes: number | undefined;
  readonly freeBytes: number | undefined;
  /** At the speed measured with the sample; undefined if nothing was measured. */
  readonly seconds: number | undefined;
  /** Files and covers that were measured. */
  readonly sampled: number;
  readonly budget: Budget | undefined;
}

/** An estimate: the true value lies between `least` and `most` about 19 times out of 20. */
export interface Estimate {
  readonly expected: number;
  readonly least: number;
  readonly most: number;
}

/** Use of the API quota, in percent. */
export interface Budget {
  readonly usedNow: number;
  /** After the run's calls, above 100 if it has to pause; undefined if the cost per call is unknown. */
  readonly usedThen: number | undefined;
  /** How often the run has to wait for the quota to reset. */
  readonly pauses: number;
}

/** The most files of each kind to measure: enough for a useful range, few enough to take only seconds. */
const SAMPLES: Readonly<Record<Stratum, number>> = { image: 24, video: 16, cover: 8 };
/** Two standard errors. */
const SPREAD = 2;
/** Milliseconds; files not measured by then are left out. */
const SAMPLING_TIME = 10_000;

type Stratum = 'image' | 'video' | 'cover';

interface Group {
  count: number;
  readonly sample: Item[];
}

interface Options {
  /** Parallel downloads of the real run. */
  concurrency: number;
  signal: AbortSignal;
  /** Calls that the real run would make in addition to those of the dry run. */
  furtherCalls: number;
  freeBytes: number | undefined;
}

const UNMETERED: ApiUsage = { calls: 0, percent: undefined, seconds: 0 };

/** Follows the events of a dry run, samples the items that it chose, and estimates the real run. */
export function createForecast(random: () => number = Math.random) {
  const groups: Record<Stratum, Group> = {
    image: { count: 0, sample: [] },
    video: { count: 0, sample: [] },
    cover: { count: 0, sample: [] },
  };
  const usages: ApiUsage[] = [];

  // Reservoir sampling: each item has the same chance, however many there will be.
  const add = (stratum: Stratum, item: Item) => {
    const group = groups[stratum];
    group.count += 1;
    if (group.sample.length < SAMPLES[stratum]) group.sample.push(item);
    else {
      const index = Math.floor(random() * group.count);
      if (index < group.sample.length) group.sample[index] = item;
    }
  };

  return {
    follow(event: RunEvent): void {
      if (event.type === 'read' && event.page.usage) usages.push(event.page.usage);
      if (event.type !== 'chosen') return;
      const { item } = event;
      const isVideo = item.kind === 'video' && !isPosterOnly(item);
      add(isVideo ? 'video' : 'image', item);
      if (isVideo && item.cover) add('cover', item);
    },

    /** How many files and covers will be measured. */
    sampleSize: (source: Partial<Sampleable>): number =>
      isSampleable(source) ? Object.values(groups).reduce((sum, { sample }) => sum + sample.length, 0) : 0,

    async make(
      source: Partial<Sampleable & Metered>,
      { concurrency, signal, furtherCalls, freeBytes }: Options,
    ): Promise<Forecast> {
      const measured = isSampleable(source) ? await measureAll(groups, source, { concurrency, signal }) : [];
      const usage = source.usage?.() ?? UNMETERED;
      const sumOf = (stratum: Stratum) => {
        const samples = measured.filter((one) => one.stratum === stratum);
        return estimateSum(
          samples.map(({ sample }) => sample.size),
          groups[stratum].count,
        );
      };
      const bytes = addUp([sumOf('image'), sumOf('video')]);
      const diskBytes = addUp([bytes, sumOf('cover')])?.expected;
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

const isSampleable = (source: Partial<Sampleable>): source is Sampleable => source.sample !== undefined;

interface Measured {
  readonly stratum: Stratum;
  readonly sample: Sample;
}

/** Measures as many files in parallel as the run would download, so that they share the connection in the same way. */
async function measureAll(
  groups: Readonly<Record<Stratum, Group>>,
  source: Sampleable,
  { concurrency, signal }: Pick<Options, 'concurrency' | 'signal'>,
): Promise<Measured[]> {
  // One of each kind in turn: if time runs out, each kind has some.
  const left = (['image', 'video', 'cover'] as const)
    .flatMap((stratum) => groups[stratum].sample.map((item, turn) => ({ stratum, item, turn })))
    .toSorted((a, b) => a.turn - b.turn);
  const measured: Measured[] = [];
  const { signal: deadline, dispose } = linkSignals([signal], { timeLimit: SAMPLING_TIME });
  // Every request adds a listener: no leak.
  setMaxListeners(0, deadline);
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { stratum, item } = next;
      const sample = await source.sample(item, stratum === 'cover' ? 'cover' : 'file', deadline);
      if (sample) measured.push({ stratum, sample });
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

/** The sum over all `count` values, estimated from a sample; undefined if there are values and no sample. */
export function estimateSum(sample: readonly number[], count: number): Estimate | undefined {
  const n = sample.length;
  if (n === 0) return count === 0 ? { expected: 0, least: 0, most: 0 } : undefined;
  const known = sample.reduce((sum, value) => sum + value, 0);
  const mean = known / n;
  if (n >= count) return { expected: known, least: known, most: known };
  // One file says nothing about how much they differ.
  const deviation = n === 1 ? mean : Math.sqrt(sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const unseen = Math.sqrt((count - n) / (count - 1));
  const spread = SPREAD * count * (deviation / Math.sqrt(n)) * unseen;
  return { expected: mean * count, least: Math.max(known, mean * count - spread), most: mean * count + spread };
}

/** The sum of independent estimates: their deviations add up as squares. */
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

/** In seconds: each request waits for its response and its bytes, in parallel with the others and with the listing. */
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

/** Undefined if Instagram has not reported any usage: it does so only after enough calls. */
export function budgetAfter(usages: readonly ApiUsage[], calls: number): Budget | undefined {
  const reported = usages.flatMap(({ percent, calls: made }) => (percent === undefined ? [] : [{ percent, made }]));
  const [first, last] = [reported[0], reported.at(-1)];
  if (!first || !last) return undefined;
  const usedNow = last.percent;
  // The first report includes what other programs used: only growth shows the cost of a call.
  if (last.made === first.made) return { usedNow, usedThen: undefined, pauses: 0 };
  const perCall = Math.max(0, last.percent - first.percent) / (last.made - first.made);
  const usedThen = usedNow + perCall * calls;
  return { usedNow, usedThen: Math.round(usedThen), pauses: Math.max(0, Math.ceil(usedThen / 100) - 1) };
}
