import { check, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { OriginError } from '../../src/index.ts';
import { cacheStatus, reply, type Origin } from '../harness/harness.ts';
import { createStaleHarness, networkError } from '../harness/stale-harness.ts';

const SIE = { 'cache-control': 'max-age=10, stale-if-error=20' };

export const originError: readonly Case[] = [
  check(
    'an `OriginError` with `allowStale: true` is replaced by a stale response inside stale-if-error',
    async () => {
      const harness = await createStaleHarness(5, SIE, failWith(401, true));
      const response = await harness.get();
      equal([response.status, await response.text()], [200, 'old']);
      equal(cacheStatus(response), 'http-cache; fwd=stale; fwd-status=401; detail=stale-if-error');
    },
  ),
  check(
    'the response of an `OriginError` is returned if no stored response is inside stale-if-error',
    async () => {
      const harness = await createStaleHarness(20, SIE, failWith(401, true));
      equal((await harness.get()).status, 401);
      harness.setOrigin(() => reply(SIE, 'new'));
      equal(await (await harness.get()).text(), 'new');
    },
  ),
  check('an `OriginError` with `allowStale: false` is returned and deletes the stored response', async () => {
    for (const status of [429, 502, 503]) {
      const harness = await createStaleHarness(5, SIE, failWith(status, false));
      const response = await harness.get();
      equal([response.status, await response.text()], [status, 'no']);
      equal(cacheStatus(response), `http-cache; fwd=stale; fwd-status=${status}`);
      harness.setOrigin(networkError);
      equal(String(await rejection(harness.get())), 'TypeError: refused');
    }
  }),
  check('the message of an `OriginError` contains the status, and its cause is kept', async () => {
    const cause = new Error('reset');
    const error = new OriginError(reply({}, 'no', 502), { allowStale: true, cause });
    equal([String(error), error.cause === cause], ['OriginError: The origin responded 502.', true]);
  }),
];

function failWith(status: number, allowStale: boolean): Origin {
  return () => Promise.reject(new OriginError(reply({}, 'no', status), { allowStale }));
}
