import { describe, expect, it } from 'vitest';
import { createEdgeWithFakeTwilio, createSid, respondWithError } from '../support/twilio-edge.ts';

const SID = createSid(1);

const isReadFailure = ({ event }: { readonly event?: unknown }) => event === 'upstream.read_failed';

describe('an edge whose credentials Twilio rejects', () => {
  it('serves no stale response, and responds 502 without a call for 30 seconds', async () => {
    const edge = createEdgeWithFakeTwilio();
    await edge.fetchRecording(SID);
    await edge.fetchRecording(createSid(2));
    edge.clock.skip(1_000_000);
    edge.setTwilio(respondWithError(401, {}, 20003));
    await edge.fetchRecording(createSid(3));
    edge.setTwilio(respondWithError(500));
    expect(await edge.fetchRecording(SID)).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    edge.clock.skip(29_999);
    expect(await edge.fetchRecording(createSid(2))).toMatchObject({
      status: 502,
      body: { error: 'upstream_auth' },
    });
    expect(edge.calls).toHaveLength(3);
  });

  it('logs each failed read, and alerts once per cooldown', async () => {
    const edge = createEdgeWithFakeTwilio();
    const readFailures = () => edge.logEntries.filter(isReadFailure);
    const fetchMany = (first: number, count: number) =>
      Promise.all(Array.from({ length: count }, (_, nth) => edge.fetchRecording(createSid(first + nth))));
    edge.setTwilio(respondWithError(401, {}, 20003));
    await fetchMany(0, 20);
    expect(readFailures()).toHaveLength(20);
    expect(readFailures()).toMatchObject(
      Array.from({ length: 20 }, () => ({ code: 'upstream_auth', upstream_status: 401, attempts: 1 })),
    );
    const responses = await fetchMany(100, 500);
    expect(responses.filter(({ status }) => status === 502)).toHaveLength(500);
    expect(edge.calls).toHaveLength(20);
    expect(readFailures()).toHaveLength(20);
    expect(readFailures().filter(({ alert }) => alert === true)).toMatchObject([{ twilio_code: 20003 }]);
    edge.clock.skip(30_000);
    await fetchMany(700, 2);
    expect(readFailures().filter(({ alert }) => alert === true)).toHaveLength(2);
  });

  it('repeats the auth error while a longer Retry-After of a 429 lasts', async () => {
    const edge = createEdgeWithFakeTwilio();
    await edge.fetchRecording(SID);
    edge.clock.skip(1_000_000);
    edge.setTwilio(async (sid) =>
      respondWithError(sid === createSid(2) ? 429 : 401, { 'Retry-After': '60' })(sid),
    );
    await Promise.all([edge.fetchRecording(createSid(2)), edge.fetchRecording(createSid(3))]);
    expect(await edge.fetchRecording(SID)).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    edge.clock.skip(30_000);
    expect(await edge.fetchRecording(createSid(4))).toMatchObject({
      body: { error: 'upstream_rate_limited' },
    });
    expect(edge.calls).toHaveLength(3);
  });
});

describe('an edge during a cooldown that Twilio requested', () => {
  it('serves stale responses, and makes no call for any recording', async () => {
    const edge = createEdgeWithFakeTwilio();
    await edge.fetchRecording(SID);
    edge.clock.skip(1_000_000);
    edge.setTwilio(respondWithError(429, { 'Retry-After': '7' }));
    await edge.fetchRecording(createSid(2));
    edge.clock.skip(5_000);
    const stale = await edge.fetchRecording(SID);
    expect(stale.status).toBe(200);
    expect(stale.headers.get('Cache-Status')).toContain('detail=rate-limited');
    expect((await edge.fetchRecording(createSid(3))).headers.get('Retry-After')).toBe('2');
    expect(edge.calls).toHaveLength(2);
  });
});

describe('a flood of SIDs that do not exist', () => {
  it('causes twenty calls at once, and the next one after four seconds', async () => {
    const edge = createEdgeWithFakeTwilio();
    edge.setTwilio(respondWithError(404));
    const responses = await Promise.all(
      Array.from({ length: 100 }, (_, nth) => edge.fetchRecording(createSid(nth))),
    );
    expect(responses.filter(({ status }) => status === 404)).toHaveLength(20);
    expect(responses.filter(({ body }) => body['error'] === 'overloaded')).toHaveLength(80);
    const overloaded = await edge.fetchRecording(createSid(200));
    expect(overloaded).toMatchObject({ status: 503, body: { error: 'overloaded' } });
    expect(overloaded.headers.get('Retry-After')).toBe('4');
    edge.clock.skip(4_000);
    expect((await edge.fetchRecording(createSid(200))).status).toBe(404);
    expect(edge.calls).toHaveLength(21);
  });
});
