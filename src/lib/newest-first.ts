/** Does the work requested last first, such as thumbnails of a page that is being scrolled. */
export interface NewestFirst<T> {
  /**
   * Does the work, or joins work of the same key that is waiting or running. Work that nobody waits for is not
   * started; if it is running, its signal is aborted.
   *
   * @throws what the work throws, or the signal's reason if it is aborted.
   */
  ask(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
}

interface Task<T> {
  readonly work: (signal: AbortSignal) => Promise<T>;
  readonly abort: AbortController;
  readonly done: PromiseWithResolvers<T>;
  waiting: number;
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

export function createNewestFirst<T>(concurrency: number): NewestFirst<T> {
  const tasks = new Map<string, Task<T>>();
  /** Keys of those that are not begun, newest last. */
  const queue: string[] = [];
  let running = 0;

  const forget = (key: string, task: Task<T>) => {
    if (tasks.get(key) === task) tasks.delete(key);
  };
  const begin = () => {
    while (running < concurrency) {
      const key = queue.pop();
      if (key === undefined) return;
      const task = tasks.get(key);
      if (task) void run(key, task);
    }
  };
  const run = async (key: string, task: Task<T>) => {
    running += 1;
    try {
      task.done.resolve(await task.work(task.abort.signal));
    } catch (error) {
      task.done.reject(error);
    } finally {
      running -= 1;
      forget(key, task);
      begin();
    }
  };
  const unqueue = (key: string): boolean => {
    const at = queue.indexOf(key);
    if (at >= 0) queue.splice(at, 1);
    return at >= 0;
  };
  const give = (key: string, task: Task<T>, reason: unknown) => {
    task.waiting -= 1;
    if (task.waiting > 0 || tasks.get(key) !== task) return;
    tasks.delete(key);
    unqueue(key);
    task.abort.abort(reason);
  };

  return {
    ask(key, work, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      let task = tasks.get(key);
      if (!task) {
        task = { work, abort: new AbortController(), done: withResolvers<T>(), waiting: 0 };
        // Who asked hears of it; where all have left, nobody does.
        task.done.promise.catch(() => undefined);
        tasks.set(key, task);
        queue.push(key);
      } else if (unqueue(key)) queue.push(key);
      const mine = task;
      mine.waiting += 1;
      begin();
      return new Promise<T>((resolve, reject) => {
        const leave = () => {
          give(key, mine, signal.reason);
          reject(signal.reason);
        };
        signal.addEventListener('abort', leave, { once: true });
        mine.done.promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
      });
    },
  };
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}
