import type { CacheApi } from '@room-recordings/http-cache';
import type { Addresses } from './fault.ts';
import type { State, Way } from './cache-state.ts';

/** What a case runs in. */
export interface Surroundings {
  readonly addresses: Addresses;
  readonly isWorkerd: boolean;
  /** Of the runtime, where it has one. */
  readonly cacheApi?: CacheApi | undefined;
}

/** One behaviour and its proof, which throws where it does not hold. No test runner is needed to run it. */
export interface Case {
  /** The row of faults-and-load. */
  readonly id: string;
  readonly state: State['name'];
  readonly way: Way['name'];
  /** Whether it needs a runtime with a Cache API. */
  readonly hasCacheApi: boolean;
  readonly name: string;
  readonly run: (surroundings: Surroundings) => Promise<void>;
}

/** Fails unless both are the same JSON. */
export function equal(what: string, actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}.`);
}

/** Fails unless it is true; `actual` is told then. */
export function holds(what: string, isSo: boolean, actual: unknown): void {
  if (!isSo) throw new Error(`${what}: got ${JSON.stringify(actual)}.`);
}
