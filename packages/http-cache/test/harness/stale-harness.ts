import { NotForwardedError } from '../../src/index.ts';
import { createHarness, reply, type Harness, type Origin } from './harness.ts';

/** Creates a harness with one stored response, `old`, that has been stale for some seconds, and an origin that has changed since. */
export async function createStaleHarness(
  seconds: number,
  headers: Record<string, string>,
  origin: Origin,
  status = 200,
): Promise<Harness> {
  const harness = createHarness(() => reply(headers, 'old', status));
  await harness.get();
  harness.advance(10 + seconds);
  harness.setOrigin(origin);
  return harness;
}

/** Rejects with a network error. */
export const networkError: Origin = () => Promise.reject(new TypeError('refused'));

/** Rejects because the request was not forwarded. */
export const notForwardedError: Origin = () => Promise.reject(new NotForwardedError('circuit-open'));
