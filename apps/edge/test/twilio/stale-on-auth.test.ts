import { describe, expect, it } from 'vitest';
import {
  createEdgeWithFakeTwilio,
  respondWithError,
  respondWithRecording,
  createSid,
  type TwilioEdge,
} from '../support/twilio-edge.ts';

const SID = createSid(1);

/** The ages in seconds at which a completed recording is stale, needs a revalidation, and may not be served any more. */
const [STALE, REVALIDATED, EXPIRED] = [300, 900, 3_900];

/**
 * Creates an edge with a stored recording and a Twilio that rejects the credentials.
 *
 * @param age the age of the stored recording in seconds.
 */
async function createRejectedEdge(
  status: number,
  age: number,
  variables: Readonly<Record<string, string>> = { STALE_ON_UPSTREAM_AUTH: 'true' },
): Promise<TwilioEdge> {
  const edge = createEdgeWithFakeTwilio(variables);
  await edge.fetchRecording(SID);
  edge.clock.skip(age * 1000);
  edge.setTwilio(respondWithError(status, {}, 20003));
  return edge;
}

const getCacheStatus = (headers: Headers) => headers.get('Cache-Status');

describe('an edge with STALE_ON_UPSTREAM_AUTH=true after a 401 from Twilio', () => {
  const status = 401;

  it('serves the stale response, and makes no call during the cooldown', async () => {
    const edge = await createRejectedEdge(status, REVALIDATED);
    const first = await edge.fetchRecording(SID);
    expect(first.status).toBe(200);
    expect(getCacheStatus(first.headers)).toBe(
      'room-recordings; fwd=stale; fwd-status=502; detail=stale-if-error',
    );
    edge.clock.skip(29_999);
    const meanwhile = await edge.fetchRecording(SID);
    expect(meanwhile.status).toBe(200);
    expect(meanwhile.headers.get('Age')).toBe('929');
    expect(getCacheStatus(meanwhile.headers)).toBe('room-recordings; hit; ttl=-630; detail=upstream-auth');
    expect(edge.calls).toHaveLength(2);
    edge.clock.skip(1);
    edge.setTwilio(respondWithRecording());
    const after = await edge.fetchRecording(SID);
    expect(getCacheStatus(after.headers)).toBe('room-recordings; fwd=stale; fwd-status=200; stored');
    expect(edge.calls).toHaveLength(3);
  });

  it('keeps a stored response whose background revalidation was rejected', async () => {
    const edge = await createRejectedEdge(status, STALE);
    for (const skipped of [0, 2_000]) {
      edge.clock.skip(skipped);
      const { headers } = await edge.fetchRecording(SID);
      expect(getCacheStatus(headers)).toMatch(
        /^room-recordings; hit; ttl=-?\d+; detail=stale-while-revalidate$/,
      );
      await edge.clock.advance(0);
    }
    expect(edge.calls).toHaveLength(2);
  });

  it('responds 502 if no response is stored, or the stored one is too old', async () => {
    const edge = await createRejectedEdge(status, EXPIRED);
    const expired = await edge.fetchRecording(SID);
    expect(expired).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    expect(getCacheStatus(expired.headers)).toBe('room-recordings; fwd=stale; fwd-status=502');
    const missing = await edge.fetchRecording(createSid(2));
    expect(missing).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    expect(getCacheStatus(missing.headers)).toBe('room-recordings; detail=upstream-auth');
    expect(missing.headers.get('Retry-After')).toBe('30');
    expect(edge.calls).toHaveLength(2);
  });

  it('logs one entry with alert', async () => {
    const edge = await createRejectedEdge(status, REVALIDATED);
    for (const nth of [1, 2, 3]) await edge.fetchRecording(createSid(nth));
    expect(edge.logEntries.filter(({ alert }) => alert === true)).toMatchObject([{ code: 'upstream_auth' }]);
  });
});

it.each([{}, { STALE_ON_UPSTREAM_AUTH: 'false' }])(
  'an edge serves no stale response after a 401 from Twilio with the variables %j',
  async (variables) => {
    const edge = await createRejectedEdge(401, REVALIDATED, variables);
    for (const ms of [0, 29_999]) {
      edge.clock.skip(ms);
      expect(await edge.fetchRecording(SID)).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    }
    expect(edge.calls).toHaveLength(2);
  },
);

it('an edge logs no entry for a read that the cooldown after a 401 prevents', async () => {
  const edge = await createRejectedEdge(401, REVALIDATED, {});
  for (const nth of [1, 2, 3]) await edge.fetchRecording(createSid(nth));
  expect(edge.calls).toHaveLength(2);
  expect(edge.logEntries.filter(({ event }) => event === 'upstream.read_failed')).toHaveLength(1);
  expect(edge.logEntries.filter(({ status }) => status === 502)).toHaveLength(3);
});

it.each([401, 403])(
  'Cache-Status has fwd-status=502 if Twilio rejects the credentials with %i',
  async (status) => {
    const edge = await createRejectedEdge(status, REVALIDATED, {});
    const { headers } = await edge.fetchRecording(SID);
    expect(getCacheStatus(headers)).toBe(`room-recordings; fwd=stale; fwd-status=502`);
  },
);
