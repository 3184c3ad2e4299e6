/** A promise that a test settles. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Creates a promise that is settled by its two methods. */
export function createDeferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  return { promise, resolve: (value) => resolve(value), reject: (error) => reject(error) };
}

/** A signal that one side gives and the other takes, in any order. */
export interface Cue {
  give(): void;
  /** Resolves when there was a `give` for it. */
  take(): Promise<void>;
}

/** Creates a cue that was not given yet. */
export function createCue(): Cue {
  let given = 0;
  const waiting: (() => void)[] = [];
  return {
    give() {
      const next = waiting.shift();
      if (next === undefined) given += 1;
      else next();
    },
    take() {
      if (given === 0) return new Promise((resolve) => waiting.push(resolve));
      given -= 1;
      return Promise.resolve();
    },
  };
}

/** Counts steps, and lets a test wait for a count without real time. */
export interface StepCounter<Step extends string> {
  add(step: Step): void;
  count(step: Step): number;
  /** Resolves when a step was counted `count` times, or `work` is settled. */
  waitFor(step: Step, count: number, work: Promise<unknown>): Promise<void>;
}

/** Creates a counter at 0 for every step. */
export function createStepCounter<Step extends string>(): StepCounter<Step> {
  const counts = new Map<Step, number>();
  let listeners: (() => void)[] = [];
  const count = (step: Step) => counts.get(step) ?? 0;
  return {
    count,
    add(step) {
      counts.set(step, count(step) + 1);
      const current = listeners;
      listeners = [];
      for (const listener of current) listener();
    },
    async waitFor(step, wanted, work) {
      const done = work.then(
        () => true,
        () => true,
      );
      while (count(step) < wanted) {
        const added = new Promise<false>((resolve) => listeners.push(() => resolve(false)));
        if (await Promise.race([done, added])) return;
      }
    },
  };
}
