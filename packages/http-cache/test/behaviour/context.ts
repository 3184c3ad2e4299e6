import { createHttpCache, memoryStore } from '../../src/index.ts';
import { check, equal, type Case } from '@room-recordings/testing/cases';
import { fresh, createHarness, START } from '../harness/harness.ts';

const ORIGIN_URL = 'https://origin.test/';

/** Creates a cache that records the contexts received by its origin. */
function createContextCache(): {
  readonly contexts: unknown[];
  readonly fetch: (input: Request | string | URL, context?: string) => Promise<Response>;
  pass(seconds: number): void;
} {
  let now = START;
  const contexts: unknown[] = [];
  const cache = createHttpCache<string>({
    fetch: async (_, context) => {
      contexts.push(context);
      return fresh({ 'cache-control': 'max-age=60, stale-while-revalidate=60' });
    },
    store: memoryStore({ maxBytes: 2 ** 20 }),
    clock: { now: () => now },
  });
  return {
    contexts,
    fetch: (input, context) => cache.fetch(input, context),
    pass(seconds) {
      now += seconds * 1000;
    },
  };
}

export const context: readonly Case[] = [
  check('`fetch()` passes its context to the origin on a miss, and ignores it on a hit', async () => {
    const { contexts, fetch } = createContextCache();
    await fetch(ORIGIN_URL, 'first');
    await fetch(ORIGIN_URL, 'second');
    equal(contexts, ['first']);
  }),
  check('a background refresh has the context of the request that caused it', async () => {
    const { contexts, fetch, pass } = createContextCache();
    await fetch(ORIGIN_URL, 'first');
    pass(90);
    await fetch(ORIGIN_URL, 'second');
    equal(contexts, ['first', 'second']);
  }),
  check('a POST passes its context to the origin', async () => {
    const { contexts, fetch } = createContextCache();
    await fetch(new Request(ORIGIN_URL, { method: 'POST', body: 'x' }), 'post');
    equal(contexts, ['post']);
  }),
  check('`fetch()` accepts a URL as a string or an object, with the same key as a Request', async () => {
    const harness = createHarness(() => fresh());
    await harness.cache.fetch(ORIGIN_URL);
    await harness.cache.fetch(new URL(ORIGIN_URL));
    await harness.cache.fetch(new Request(ORIGIN_URL));
    equal(harness.originRequests.length, 1, 'requests');
  }),
];
