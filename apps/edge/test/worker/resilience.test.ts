import { inject, test } from 'vitest';
import { openCacheApi } from '../../src/adapters/fetch-adapter.ts';
import { CACHE_API_CASES, CASES } from '../resilience/fault-cases.ts';

const origins = inject('origins');

test.each([...CASES, ...CACHE_API_CASES])('in workerd, $name', async ({ run }) => {
  await run({ origins, isWorkerd: true, cacheApi: await openCacheApi() });
});
