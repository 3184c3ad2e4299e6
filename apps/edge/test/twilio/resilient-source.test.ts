import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { RECORDING } from '../support/recording.ts';
import {
  failWithStatus,
  succeed,
  createResilienceHarness,
  failToConnect,
  type Behaviour,
} from '../support/twilio-edge.ts';

/** The retries of a full budget. */
const BUDGET = 10;

/** Fails a number of times, then succeeds. */
function failTimes(times: number, behaviour: Behaviour): Behaviour {
  let remaining = times;
  return () => {
    remaining -= 1;
    return remaining < 0 ? succeed() : behaviour();
  };
}

describe('the retry of a resilient source', () => {
  it.each([408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530])(
    'is made once after the status %i',
    async (status) => {
      const harness = createResilienceHarness(failWithStatus(status));
      expect(await harness.read()).toMatchObject({ status });
      expect(harness.calls()).toBe(2);
    },
  );

  it.each([
    { name: 'a connection that broke before the first byte', behaviour: failToConnect },
    {
      name: 'a headers timeout',
      behaviour: () => Promise.reject(new RecordingsError('timeout', 'No headers.')),
    },
  ])('is made after $name, and may succeed', async ({ behaviour }) => {
    const harness = createResilienceHarness(failTimes(1, behaviour));
    expect(await harness.read()).toBe(RECORDING);
    expect(harness.calls()).toBe(2);
  });

  it.each<{ readonly name: string; readonly behaviour: Behaviour }>([
    { name: 'a response whose body broke off', behaviour: failAfterStatus200('network') },
    { name: 'an invalid recording', behaviour: failAfterStatus200('invalid_response') },
    { name: 'another recording', behaviour: failAfterStatus200('mismatch') },
    { name: 'a 401', behaviour: failWithStatus(401) },
    { name: 'a 404', behaviour: failWithStatus(404) },
    { name: 'a 410', behaviour: failWithStatus(410) },
    { name: 'a 429 with Retry-After', behaviour: failWithStatus(429, { retryAfter: 1 }) },
    { name: 'a 503 with Retry-After', behaviour: failWithStatus(503, { retryAfter: 1 }) },
    { name: 'a redirect', behaviour: failWithStatus(302) },
    { name: 'a 526, the status of Cloudflare for an invalid certificate', behaviour: failWithStatus(526) },
    { name: 'an error that is not a RecordingsError', behaviour: () => Promise.reject(new TypeError('x')) },
    { name: 'an expired certificate', behaviour: failWithExpiredCertificate },
  ])('is not made after $name', async ({ behaviour }) => {
    const harness = createResilienceHarness(behaviour);
    expect(await harness.read()).toBeInstanceOf(Error);
    expect(harness.calls()).toBe(1);
  });

  it('is not made if the total timeout would end during its delay', async () => {
    const harness = createResilienceHarness();
    harness.setBehaviour(async () => {
      await harness.clock.sleep(9_900, new AbortController().signal);
      return failToConnect();
    });
    const read = harness.read();
    await harness.clock.advance(9_900);
    expect(await read).toMatchObject({ code: 'network' });
    expect(harness.calls()).toBe(1);
  });

  it('takes one of the ten retries of the budget, and four successful calls earn one', async () => {
    const harness = createResilienceHarness(failToConnect);
    // The reads are slow enough for the call limits and for the circuit breaker's window of ten seconds.
    const countAttempts = async () => {
      const before = harness.calls();
      await harness.read();
      await harness.clock.advance(3_000);
      return harness.calls() - before;
    };
    const attempts: number[] = [];
    for (let nth = 0; nth < 12; nth += 1) attempts.push(await countAttempts());
    for (const behaviour of [
      succeed,
      succeed,
      succeed,
      failToConnect,
      succeed,
      failToConnect,
      failToConnect,
    ]) {
      harness.setBehaviour(behaviour);
      attempts.push(await countAttempts());
    }
    expect(attempts.join('')).toBe('2222222222111111121');
  });

  it('is not made and causes no delay if the first attempt opened the circuit', async () => {
    const harness = createResilienceHarness(failWithStatus(500));
    await harness.readTimes(9);
    harness.setBehaviour(failWithStatus(500, { retryAfter: 1 }));
    await harness.read();
    harness.setBehaviour(failWithStatus(500));
    const [calls, startedAt] = [harness.calls(), harness.clock.now()];
    expect(calls).toBe(19);
    expect(await harness.read()).toMatchObject({ status: 500 });
    expect(harness.calls()).toBe(calls + 1);
    expect(harness.clock.now()).toBe(startedAt);
    expect(await harness.read()).toMatchObject({ error: 'circuit_open' });
  });

  it.each([
    { name: 'a cooldown started', behaviour: failWithStatus(429, { retryAfter: 60 }) },
    { name: 'the 404 budget was spent', behaviour: failWithStatus(404) },
  ])('is not made if $name during its delay, and is refunded then', async ({ behaviour }) => {
    const harness = createResilienceHarness(failToConnect);
    for (let nth = 0; nth < BUDGET; nth += 1) {
      const read = harness.start();
      await harness.clock.advance(0);
      harness.setBehaviour(behaviour);
      for (let other = 0; other < 5; other += 1) await harness.start();
      const before = harness.calls();
      await harness.clock.advance(250);
      expect(await read).toMatchObject({ code: 'network' });
      expect(harness.calls()).toBe(before);
      await harness.clock.advance(61_000);
      harness.setBehaviour(failToConnect);
    }
    const before = harness.calls();
    for (let nth = 0; nth < BUDGET; nth += 1) {
      await harness.read();
      await harness.clock.advance(3_000);
    }
    expect(harness.calls() - before).toBe(2 * BUDGET);
  });

  it('is replaced by the auth error if Twilio rejected the credentials during its delay', async () => {
    const harness = createResilienceHarness(failToConnect);
    const read = harness.start();
    await harness.clock.advance(0);
    harness.setBehaviour(failWithStatus(401));
    await harness.start();
    await harness.clock.advance(250);
    expect(await read).toMatchObject({ name: 'RecordingsError', code: 'unauthorized' });
    expect(harness.calls()).toBe(2);
  });
});

describe('the total timeout of a resilient source', () => {
  it('aborts a read after ten seconds, including the retry', async () => {
    const harness = createResilienceHarness((signal) => {
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () =>
          reject(new RecordingsError('aborted', 'The request was aborted.')),
        );
      });
    });
    let error: unknown;
    void harness.read().then((result) => (error = result));
    await harness.clock.advance(9_999);
    expect(error).toBeUndefined();
    await harness.clock.advance(1);
    expect(error).toMatchObject({ code: 'aborted' });
    expect(harness.calls()).toBe(1);
  });

  it('leaves no timer after a read, and does not abort its signal later', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const harness = createResilienceHarness((signal) => {
      signals.push(signal);
      return succeed();
    });
    await harness.read();
    expect(harness.clock.pending()).toBe(0);
    await harness.clock.advance(10_000);
    expect(signals).toMatchObject([{ aborted: false }]);
  });
});

describe('the call limits of a resilient source', () => {
  it('allow 20 concurrent calls, and reject the next read at once', async () => {
    const harness = createResilienceHarness(() => new Promise(() => undefined));
    for (let nth = 0; nth < 20; nth += 1) void harness.read();
    await harness.clock.advance(0);
    expect(await harness.read()).toMatchObject({ error: 'overloaded', detail: 'overloaded', retryAfter: 1 });
    expect(harness.calls()).toBe(20);
  });

  it('allow 40 calls per second', async () => {
    const harness = createResilienceHarness();
    await harness.readTimes(40);
    expect(await harness.read()).toMatchObject({ error: 'overloaded' });
    await harness.clock.advance(999);
    expect(await harness.read()).toMatchObject({ error: 'overloaded' });
    await harness.clock.advance(1);
    expect(await harness.read()).toBe(RECORDING);
    expect(harness.calls()).toBe(41);
  });

  it('allow 5 responses of 404 per second', async () => {
    const harness = createResilienceHarness(failWithStatus(404));
    await harness.readTimes(5);
    expect(await harness.read()).toMatchObject({ error: 'overloaded' });
    expect(harness.calls()).toBe(5);
    await harness.clock.advance(1_000);
    expect(await harness.read()).toMatchObject({ code: 'not_found' });
  });

  it('do not use up the probe of an open circuit', async () => {
    const harness = createResilienceHarness(failWithStatus(500, { retryAfter: 1 }));
    await harness.readTimes(20);
    harness.setBehaviour(succeed);
    expect(await harness.read()).toMatchObject({ error: 'circuit_open', retryAfter: 5 });
    await harness.clock.advance(5_000);
    expect(await harness.read()).toBe(RECORDING);
  });
});

/** Rejects with an error that follows the headers of a 200. */
function failAfterStatus200(code: 'network' | 'invalid_response' | 'mismatch'): Behaviour {
  return () => Promise.reject(new RecordingsError(code, 'Broken.', { status: 200 }));
}

function failWithExpiredCertificate(): Promise<never> {
  const cause = Object.assign(new TypeError('x'), { code: 'CERT_HAS_EXPIRED' });
  return Promise.reject(new RecordingsError('network', 'No connection.', { cause }));
}
