import { inject, test } from 'vitest';
import { openCacheApi } from '../../src/adapters/fetch-adapter.ts';
import { CASES, SHARED_CASES } from '../resilience/fault-cases.ts';

const addresses = inject('addresses');

test.each([...CASES, ...SHARED_CASES])('$name', async ({ run }) => {
  await run({ addresses, isWorkerd: true, cacheApi: await openCacheApi() });
});
