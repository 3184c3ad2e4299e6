/** What the edge has of a recording when a fault begins. */
export interface State {
  readonly name: 'fresh' | 'stale, to be refreshed behind' | 'stale, past that' | 'nothing';
  /** Seconds since it was stored; undefined where nothing was. */
  readonly age?: number;
}

/** How long the recording of the tests lives, seconds: it is completed. */
export const FRESH_SECONDS = 300;

/** From then on the source is asked before something stale is served, seconds. */
export const PAST_SECONDS: number = FRESH_SECONDS + 600;

export const FRESH: State = { name: 'fresh', age: 10 };
export const BEHIND: State = { name: 'stale, to be refreshed behind', age: FRESH_SECONDS + 60 };
export const PAST: State = {
  name: 'stale, past that',
  age: PAST_SECONDS + 60,
};
export const NOTHING: State = { name: 'nothing' };

/** How a reader asks. */
export interface Way {
  readonly name: 'GET' | 'HEAD' | 'If-None-Match';
  /** The request, to whom the ETag is known. */
  readonly init: (etag: string) => RequestInit;
}

export const WAYS: readonly [get: Way, ...others: Way[]] = [
  { name: 'GET', init: () => ({}) },
  { name: 'HEAD', init: () => ({ method: 'HEAD' }) },
  { name: 'If-None-Match', init: (etag) => ({ headers: { 'If-None-Match': etag } }) },
];
