/** Work that goes on behind answers: refreshes, and writes to the Cache API. */
export interface BackgroundTasks {
  /** Takes work that outlives an answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Waits until all of it is done, or has failed. */
  readonly settle: () => Promise<void>;
}

/** Keeps in mind what runs, so that a process that ends in good order loses none of it. */
export function createWaitUntil(): BackgroundTasks {
  const running = new Set<Promise<unknown>>();
  const waiting: (() => void)[] = [];
  return {
    waitUntil(work) {
      running.add(work);
      const forget = () => {
        running.delete(work);
        if (running.size === 0) for (const resume of waiting.splice(0)) resume();
      };
      work.then(forget, forget);
    },
    async settle() {
      // The end of one work may begin another. A loop over the promises themselves would block every timer if one were kept.
      while (running.size > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
