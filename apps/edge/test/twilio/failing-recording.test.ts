import { describe, expect, it } from 'vitest';
import {
  createEdgeWithFakeTwilio,
  respondWithError,
  respondWithRecording,
  resetConnection,
  createSid,
  type TwilioBehaviour,
  type TwilioEdge,
} from '../support/twilio-edge.ts';

const FAILING = createSid(1);

interface Row {
  readonly name: string;
  readonly behaviour: TwilioBehaviour;
  readonly status: number;
  readonly error: string;
  readonly retryAfter?: string;
}

const ROWS: readonly Row[] = [
  {
    name: 'an invalid recording',
    behaviour: respondWithRecording({ codec: 'AV1' }),
    status: 502,
    error: 'upstream_invalid',
  },
  {
    name: 'a recording of another room',
    behaviour: respondWithRecording({ room_sid: `RM${'b'.repeat(32)}` }),
    status: 502,
    error: 'upstream_mismatch',
  },
  { name: 'a 500', behaviour: respondWithError(500), status: 502, error: 'upstream_error' },
  {
    name: 'a 503',
    behaviour: respondWithError(503),
    status: 503,
    error: 'upstream_unavailable',
    retryAfter: '1',
  },
  { name: 'a 403', behaviour: respondWithError(403, {}, 20403), status: 502, error: 'upstream_auth' },
  { name: 'a redirect', behaviour: respondWithError(302), status: 502, error: 'upstream_redirect' },
];

/** Creates an edge whose Twilio fails for one recording. */
function createEdgeWithFailure(behaviour: TwilioBehaviour): TwilioEdge {
  const edge = createEdgeWithFakeTwilio();
  edge.setTwilio((sid) => (sid === FAILING ? behaviour(sid) : respondWithRecording()(sid)));
  return edge;
}

async function poll(edge: TwilioEdge, times: number): Promise<void> {
  for (let nth = 0; nth < times; nth += 1) await edge.fetchRecording(FAILING);
}

describe('a recording that keeps failing', () => {
  it.each(ROWS)('does not affect other recordings: $name', async ({ behaviour }) => {
    const edge = createEdgeWithFailure(behaviour);
    await poll(edge, 22);
    for (let nth = 2; nth < 12; nth += 1)
      expect((await edge.fetchRecording(createSid(nth))).status).toBe(200);
  });

  it.each(ROWS)('is read three times, then not for a second: $name', async (row) => {
    const edge = createEdgeWithFailure(row.behaviour);
    await poll(edge, 3);
    const [calls, entries] = [
      edge.calls.length,
      edge.logEntries.filter(({ event }) => event === 'upstream.read_failed'),
    ];
    expect(calls).toBeLessThanOrEqual(6);
    edge.clock.skip(999);
    for (let nth = 0; nth < 100; nth += 1) {
      const { status, body, headers } = await edge.fetchRecording(FAILING);
      expect({ status, error: body['error'] }).toEqual({ status: row.status, error: row.error });
      expect(headers.get('Retry-After')).toBe(row.retryAfter ?? null);
      expect(headers.get('Cache-Control')).toBe('no-store');
    }
    expect(edge.calls).toHaveLength(calls);
    expect(edge.logEntries.filter(({ event }) => event === 'upstream.read_failed')).toEqual(entries);
    edge.clock.skip(1);
    await edge.fetchRecording(FAILING);
    expect(edge.calls.length).toBeGreaterThan(calls);
  });

  it('repeats the detail of the stored error', async () => {
    const edge = createEdgeWithFailure(respondWithRecording({ codec: 'AV1' }));
    const first = await edge.fetchRecording(FAILING);
    await poll(edge, 2);
    const repeated = await edge.fetchRecording(FAILING);
    expect(repeated.body['detail']).toBe(first.body['detail']);
    expect(repeated.body['detail']).toContain('codec');
    expect(edge.calls).toHaveLength(3);
  });

  it('is read again after 1, 2, 4, 8, 16, 32 and then every 60 seconds', async () => {
    const edge = createEdgeWithFailure(respondWithRecording({ codec: 'AV1' }));
    await poll(edge, 3);
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const calls = edge.calls.length;
      edge.clock.skip(seconds * 1_000 - 1);
      await poll(edge, 2);
      expect(edge.calls).toHaveLength(calls);
      edge.clock.skip(1);
      await poll(edge, 2);
      expect(edge.calls).toHaveLength(calls + 1);
    }
  });

  it('has no backoff after a successful read', async () => {
    const edge = createEdgeWithFailure(respondWithRecording({ codec: 'AV1' }));
    await poll(edge, 3);
    edge.setTwilio(respondWithRecording());
    edge.clock.skip(1_000);
    expect((await edge.fetchRecording(FAILING)).status).toBe(200);
    edge.setTwilio(respondWithRecording({ codec: 'AV1' }));
    edge.clock.skip(4_000_000);
    const calls = edge.calls.length;
    await poll(edge, 2);
    expect(edge.calls).toHaveLength(calls + 2);
  });

  it('is served stale during its backoff', async () => {
    const edge = createEdgeWithFakeTwilio();
    await edge.fetchRecording(FAILING);
    edge.clock.skip(1_000_000);
    edge.setTwilio(respondWithRecording({ codec: 'AV1' }));
    await poll(edge, 3);
    const { status, headers } = await edge.fetchRecording(FAILING);
    expect(status).toBe(200);
    expect(headers.get('Cache-Status')).toBe(
      'room-recordings; fwd=stale; fwd-status=502; detail=stale-if-error',
    );
    expect(edge.calls).toHaveLength(1 + 3);
  });

  it('is read again after at most five seconds if there was no response', async () => {
    const edge = createEdgeWithFailure(resetConnection);
    await poll(edge, 3);
    for (const seconds of [1, 2, 4, 5, 5, 5]) {
      const calls = edge.calls.length;
      edge.clock.skip(seconds * 1_000 - 1);
      await poll(edge, 2);
      expect(edge.calls).toHaveLength(calls);
      edge.clock.skip(1);
      await poll(edge, 1);
      expect(edge.calls.length).toBeGreaterThan(calls);
    }
  });

  it('has no backoff after the end of an outage', async () => {
    const edge = createEdgeWithFakeTwilio();
    edge.setTwilio(respondWithError(500));
    await poll(edge, 3);
    for (let nth = 2; nth < 20; nth += 1) await edge.fetchRecording(createSid(nth));
    expect((await edge.fetchRecording(createSid(30))).body['error']).toBe('circuit_open');
    edge.setTwilio(respondWithRecording());
    edge.clock.skip(5_000);
    expect((await edge.fetchRecording(createSid(31))).status).toBe(200);
    expect((await edge.fetchRecording(FAILING)).status).toBe(200);
  });
});
