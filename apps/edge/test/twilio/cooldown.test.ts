import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { RECORDING } from '../support/recording.ts';
import {
  failWithStatus,
  createResilienceHarness,
  succeed,
  type Behaviour,
  type ResilienceHarness,
} from '../support/twilio-edge.ts';

describe('the cooldown of the Twilio account', () => {
  it.each([
    {
      name: 'a 429 with Retry-After: 7',
      behaviour: failWithStatus(429, { retryAfter: 7 }),
      seconds: 7,
      error: 'upstream_rate_limited',
      detail: 'rate-limited',
    },
    {
      name: 'a 429 with Retry-After: 3600',
      behaviour: failWithStatus(429, { retryAfter: 3600 }),
      seconds: 60,
      error: 'upstream_rate_limited',
      detail: 'rate-limited',
    },
    {
      name: 'a 503 with Retry-After: 7',
      behaviour: failWithStatus(503, { retryAfter: 7 }),
      seconds: 7,
      error: 'upstream_unavailable',
      detail: 'unavailable',
    },
    {
      name: 'the Twilio error 70005',
      behaviour: failWithStatus(403, { twilioCode: 70005 }),
      seconds: 60,
      error: 'upstream_rate_limited',
      detail: 'rate-limited',
    },
  ])('lasts $seconds seconds after $name', async ({ behaviour, seconds, error, detail }) => {
    const harness = createResilienceHarness(behaviour);
    await harness.read();
    harness.setBehaviour(succeed);
    await harness.clock.advance(500);
    expect(await harness.read()).toMatchObject({
      name: 'NotForwardedError',
      error,
      detail,
      retryAfter: seconds,
    });
    await harness.clock.advance(seconds * 1000 - 501);
    expect(await harness.read()).toMatchObject({ error, retryAfter: 1 });
    expect(harness.calls()).toBe(1);
    await harness.clock.advance(1);
    expect(await harness.read()).toBe(RECORDING);
  });

  it.each([
    { status: 401, resources: 1 },
    { status: 403, resources: 3 },
  ])(
    'lasts 30 seconds after a $status for $resources resources, and repeats the error',
    async ({ status, resources }) => {
      const harness = createResilienceHarness(failWithStatus(status));
      await harness.readTimes(resources - 1);
      const { code } = toAuthError(await harness.read());
      harness.setBehaviour(succeed);
      await harness.clock.advance(29_999);
      expect(toAuthError(await harness.read())).toMatchObject({ code, status });
      expect(harness.calls()).toBe(resources);
      await harness.clock.advance(1);
      expect(await harness.read()).toBe(RECORDING);
    },
  );

  it('does not start after repeated 403s for one recording', async () => {
    const harness = createResilienceHarness(failWithStatus(403));
    for (let nth = 0; nth < 10; nth += 1) {
      expect(await harness.readNth(1)).toMatchObject({ code: 'forbidden', status: 403 });
      await harness.clock.advance(1_000);
    }
    harness.setBehaviour(succeed);
    expect(await harness.readNth(2)).toBe(RECORDING);
  });

  it('does not start after 403s for several recordings with a successful response in between', async () => {
    const harness = createResilienceHarness();
    for (let nth = 0; nth < 10; nth += 1) {
      for (const behaviour of [failWithStatus(403), failWithStatus(403), succeed]) {
        harness.setBehaviour(behaviour);
        await harness.read();
      }
    }
    expect(await harness.read()).toBe(RECORDING);
  });

  it('does not start after 403s for several recordings within more than 30 seconds', async () => {
    const harness = createResilienceHarness(failWithStatus(403));
    for (let nth = 0; nth < 10; nth += 1) {
      await harness.read();
      await harness.clock.advance(15_000);
    }
    harness.setBehaviour(succeed);
    expect(await harness.read()).toBe(RECORDING);
  });

  it('allows a stale response after a 401 if STALE_ON_UPSTREAM_AUTH is set', async () => {
    const harness = createResilienceHarness(failWithStatus(401), true);
    await harness.read();
    expect(await harness.read()).toMatchObject({
      detail: 'upstream-auth',
      error: 'upstream_auth',
      retryAfter: 30,
    });
  });

  it('is not shortened by a later and shorter cooldown', async () => {
    const harness = createResilienceHarness();
    const release = hold(harness, failWithStatus(429, { retryAfter: 1 }));
    const slow = harness.start();
    await harness.clock.advance(0);
    harness.setBehaviour(failWithStatus(429, { retryAfter: 50 }));
    await harness.read();
    release();
    await slow;
    expect(await harness.read()).toMatchObject({ retryAfter: 50 });
  });

  it.each([
    {
      name: 'a 429 during a slow 401',
      slowResult: failWithStatus(401),
      fastResult: failWithStatus(429, { retryAfter: 60 }),
    },
    {
      name: 'a 401 during a slow 429',
      slowResult: failWithStatus(429, { retryAfter: 60 }),
      fastResult: failWithStatus(401),
    },
    {
      name: 'the Twilio error 70005 during a slow 401',
      slowResult: failWithStatus(401),
      fastResult: failWithStatus(403, { twilioCode: 70005 }),
    },
  ])(
    'repeats the auth error for 30 seconds, then the other error: $name',
    async ({ slowResult, fastResult }) => {
      const harness = createResilienceHarness();
      const release = hold(harness, slowResult);
      const slow = harness.start();
      await harness.clock.advance(0);
      harness.setBehaviour(fastResult);
      await harness.read();
      release();
      await slow;
      harness.setBehaviour(succeed);
      await harness.clock.advance(29_999);
      expect(await harness.read()).toMatchObject({
        code: expect.stringMatching(/^(?:unauthorized|forbidden)$/),
      });
      await harness.clock.advance(1);
      expect(await harness.read()).toMatchObject({ error: 'upstream_rate_limited', retryAfter: 30 });
      await harness.clock.advance(30_000);
      expect(await harness.read()).toBe(RECORDING);
      expect(harness.calls()).toBe(3);
    },
  );

  it('starts again with each rejection of the credentials', async () => {
    const harness = createResilienceHarness();
    const release = hold(harness, failWithStatus(401));
    const slow = harness.start();
    await harness.clock.advance(0);
    harness.setBehaviour(failWithStatus(401));
    await harness.read();
    await harness.clock.advance(20_000);
    release();
    expect(toAuthError(await slow)).toMatchObject({ code: 'unauthorized' });
    harness.setBehaviour(succeed);
    await harness.clock.advance(29_999);
    expect(toAuthError(await harness.read())).toMatchObject({ code: 'unauthorized' });
    await harness.clock.advance(1);
    expect(await harness.read()).toBe(RECORDING);
  });
});

/** Checks that a read threw an error that does not allow a stale response. */
function toAuthError(error: unknown): RecordingsError {
  if (error instanceof RecordingsError) return error;
  throw new Error('The read threw no auth error.');
}

/** Delays the result of each call until the returned function is called. */
function hold(harness: ResilienceHarness, behaviour: Behaviour): () => void {
  let release: (() => void) | undefined;
  harness.setBehaviour(async () => {
    await new Promise<void>((resolve) => (release = resolve));
    return behaviour();
  });
  return () => release?.();
}
