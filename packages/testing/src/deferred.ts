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
