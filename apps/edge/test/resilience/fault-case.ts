import type { Case as BaseCase } from '@room-recordings/testing/cases';
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

/** A case of the fault matrix. */
export interface Case extends BaseCase<Surroundings> {
  readonly id: string;
  readonly state: State['name'];
  readonly way: Way['name'];
  /** Whether the case needs a runtime with a Cache API. */
  readonly hasCacheApi: boolean;
}
