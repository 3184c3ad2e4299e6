import { describe, expect, it } from 'vitest';
import { createRandom } from '@room-recordings/testing/random';
import {
  createEdgeWithFakeTwilio,
  respondWithError,
  respondWithRecording,
  resetConnection,
  createSid,
  type TwilioBehaviour,
  type ReadResponse,
  type TwilioEdge,
} from '../support/twilio-edge.ts';

const READS = 1_000;

/** Reads another recording every 50 ms. */
async function readMany(edge: TwilioEdge, count: number): Promise<readonly ReadResponse[]> {
  const responses: ReadResponse[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    responses.push(await edge.fetchRecording(createSid(1_000 + nth)));
    edge.clock.skip(50);
  }
  return responses;
}

const countErrors = (error: string, responses: readonly ReadResponse[]) =>
  responses.filter(({ body }) => body['error'] === error).length;

/** Opens the circuit by ten reads that fail twice; the clock does not advance after that. Returns the number of calls. */
async function openCircuit(edge: TwilioEdge): Promise<number> {
  edge.setTwilio(respondWithError(500));
  for (let nth = 0; nth < 10; nth += 1) await edge.fetchRecording(createSid(500 + nth));
  return edge.calls.length;
}

describe('1,000 reads without a stored response from a source that fails at random', () => {
  const failures: readonly TwilioBehaviour[] = [
    respondWithError(500),
    resetConnection,
    respondWithError(503),
    resetConnection,
  ];

  async function flap(share: number, seed: number) {
    const edge = createEdgeWithFakeTwilio();
    const draw = createRandom(seed);
    edge.setTwilio((sid) => {
      if (draw() >= share) return respondWithRecording()(sid);
      const behaviour = failures[Math.floor(draw() * failures.length)] ?? resetConnection;
      return behaviour(sid);
    });
    return { responses: await readMany(edge, READS), calls: edge.calls.length };
  }

  it.each([1, 2, 3])(
    'succeed for at least 94 % if a fifth of the calls fails, with seed %i',
    async (seed) => {
      const { responses, calls } = await flap(0.2, seed);
      expect(responses.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(0.94 * READS);
      expect(calls).toBeLessThanOrEqual(1.25 * READS);
    },
  );

  it.each([1, 2, 3])('open the circuit if half of the calls fail, with seed %i', async (seed) => {
    const { responses, calls } = await flap(0.5, seed);
    expect(countErrors('circuit_open', responses)).toBeGreaterThan(0);
    expect(calls).toBeLessThanOrEqual(1.25 * READS);
    expect(
      responses.map(({ status }) => status).filter((status) => ![200, 502, 503].includes(status)),
    ).toEqual([]);
  });
});

describe('1,000 reads from a source that always fails', () => {
  it.each([
    { name: 'with a 500', behaviour: respondWithError(500) },
    { name: 'with a connection reset', behaviour: resetConnection },
  ])('cause at most 30 calls: $name', async ({ behaviour }) => {
    const edge = createEdgeWithFakeTwilio();
    edge.setTwilio(behaviour);
    const responses = await readMany(edge, READS);
    expect(edge.calls.length).toBeLessThanOrEqual(1.2 * READS);
    // In fifty seconds: twenty calls open the circuit, and there is one probe every five seconds.
    expect(edge.calls.length).toBeLessThanOrEqual(20 + 10);
    expect(countErrors('circuit_open', responses) + countErrors('upstream_error', responses)).toBe(READS);
  });
});

describe('an edge whose circuit is open', () => {
  it('responds 503 with Retry-After until the probe, and makes no call', async () => {
    const edge = createEdgeWithFakeTwilio();
    const calls = await openCircuit(edge);
    expect(calls).toBe(20);
    for (const [passed, retryAfter] of [
      [0, '5'],
      [3_200, '2'],
      [1_799, '1'],
    ] as const) {
      edge.clock.skip(passed);
      const { status, body, headers } = await edge.fetchRecording(createSid(1));
      expect(status).toBe(503);
      expect(body).toMatchObject({ error: 'circuit_open' });
      expect(headers.get('Retry-After')).toBe(retryAfter);
      expect(headers.get('Cache-Status')).toBe('room-recordings; detail=circuit-open');
    }
    expect(edge.calls).toHaveLength(calls);
  });

  it('serves a stale response at once and without a call', async () => {
    const edge = createEdgeWithFakeTwilio();
    await edge.fetchRecording(createSid(1));
    edge.clock.skip(1_000_000);
    const calls = await openCircuit(edge);
    const requestedAt = edge.clock.now();
    const { status, headers } = await edge.fetchRecording(createSid(1));
    expect(status).toBe(200);
    expect(headers.get('Cache-Status')).toMatch(/^room-recordings; hit; ttl=-\d+; detail=circuit-open$/);
    expect(edge.calls).toHaveLength(calls);
    expect(edge.clock.now()).toBe(requestedAt);
  });
});

describe('an edge whose circuit is half-open', () => {
  it.each([
    {
      name: 'closes the circuit after a recording',
      behaviour: respondWithRecording(),
      statusAfter: 200,
      callsAfter: 2,
    },
    {
      name: 'opens the circuit after a 500',
      behaviour: respondWithError(500),
      statusAfter: 503,
      callsAfter: 1,
    },
    {
      name: 'closes the circuit after a 404',
      behaviour: respondWithError(404),
      statusAfter: 404,
      callsAfter: 2,
    },
  ])('makes one call for ten requests, and $name', async ({ behaviour, statusAfter, callsAfter }) => {
    const edge = createEdgeWithFakeTwilio();
    const calls = await openCircuit(edge);
    edge.clock.skip(5_000);
    let release: (() => void) | undefined;
    edge.setTwilio(async (sid) => {
      await new Promise<void>((resolve) => (release = resolve));
      return behaviour(sid);
    });
    const requests = Array.from({ length: 10 }, (_, nth) => edge.fetchRecording(createSid(nth)));
    await edge.clock.advance(0);
    expect(edge.calls).toHaveLength(calls + 1);
    release?.();
    const responses = await Promise.all(requests);
    expect(countErrors('circuit_open', responses)).toBe(9);
    expect(responses.filter(({ headers }) => headers.get('Retry-After') === '1')).toHaveLength(9);
    edge.setTwilio(behaviour);
    expect((await edge.fetchRecording(createSid(20))).status).toBe(statusAfter);
    expect(edge.calls).toHaveLength(calls + callsAfter);
  });

  it('serves a stale response while the probe runs', async () => {
    const edge = createEdgeWithFakeTwilio();
    await edge.fetchRecording(createSid(1));
    edge.clock.skip(1_000_000);
    const calls = await openCircuit(edge);
    edge.clock.skip(5_000);
    edge.setTwilio(() => new Promise(() => undefined));
    void edge.fetchRecording(createSid(2));
    await edge.clock.advance(0);
    const { status, headers } = await edge.fetchRecording(createSid(1));
    expect(status).toBe(200);
    expect(headers.get('Cache-Status')).toContain('detail=circuit-open');
    expect(edge.calls).toHaveLength(calls + 1);
  });
});
