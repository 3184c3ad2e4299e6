/** A signal with listeners, but without listener options, `reason` and `throwIfAborted`. */
class MinimalAbortSignal {
  aborted = false;
  readonly listeners: (() => void)[] = [];

  /** Adds a listener, which stays until it is removed. */
  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Removes a listener. */
  removeEventListener(_type: 'abort', listener: () => void): void {
    const index = this.listeners.indexOf(listener);
    if (index !== -1) this.listeners.splice(index, 1);
  }
}

/**
 * Behaves like the AbortController of React Native, the package abort-controller 3, whose `abort()` has no reason.
 *
 * It calls its listeners at each abort, because an old event target does not support the option `once`.
 *
 * @see https://github.com/mysticatea/abort-controller
 */
export class MinimalAbortController {
  readonly minimal: MinimalAbortSignal = new MinimalAbortSignal();

  /** The signal, with the type of the platform. */
  get signal(): AbortSignal {
    // The tests are about the missing members.
    return this.minimal as unknown as AbortSignal;
  }

  /** Aborts without a reason. */
  abort(): void {
    this.minimal.aborted = true;
    for (const listener of this.minimal.listeners.slice()) listener();
  }
}
