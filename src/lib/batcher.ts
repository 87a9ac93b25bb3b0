import { setTimeout as sleep } from 'node:timers/promises';

interface Options {
  /** How long the first of a batch waits for company, in milliseconds. */
  gather: number;
  /** Pieces of work in one batch at most. */
  most: number;
}

interface Entry<In, Out> {
  input: In;
  resolve: (output: Out) => void;
  reject: (error: unknown) => void;
}

/**
 * Has pieces of work done together that come at about the same time, and so share what costs the same for one and for
 * many. One batch is done after the other; each piece hears of its own result when the whole batch is done, and of the
 * error that broke it.
 *
 * @param work gives as many results as it was given inputs, in their order.
 */
export function createBatcher<In, Out>(
  work: (inputs: readonly In[]) => Promise<readonly Out[]>,
  { gather, most }: Options,
): (input: In) => Promise<Out> {
  const waiting: Entry<In, Out>[] = [];
  let isWorking = false;

  const workThrough = async () => {
    isWorking = true;
    while (waiting.length > 0) {
      if (waiting.length < most) await sleep(gather);
      const batch = waiting.splice(0, most);
      try {
        const outputs = await work(batch.map(({ input }) => input));
        for (const [index, { resolve }] of batch.entries()) resolve(outputs[index] as Out);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isWorking = false;
  };

  return (input) =>
    new Promise<Out>((resolve, reject) => {
      waiting.push({ input, resolve, reject });
      if (!isWorking) void workThrough();
    });
}
