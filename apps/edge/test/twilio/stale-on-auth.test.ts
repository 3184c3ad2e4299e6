import { describe, expect, it } from 'vitest';
import { edgeBefore, fail, found, sidOf, type EdgeBefore } from './edge-before.ts';

const SID = sidOf(1);

/** Of a completed recording, seconds: fresh, then stale while it is refreshed, then stale where the source fails. */
const [FRESH, BEHIND, COVERED] = [300, 900, 3_900];

/** An edge with a recording of the given age, seconds, before a Twilio that refuses the credentials. */
async function refused(
  status: number,
  age: number,
  variables: Readonly<Record<string, string>> = { STALE_ON_UPSTREAM_AUTH: 'true' },
): Promise<EdgeBefore> {
  const edge = edgeBefore(variables);
  await edge.ask(SID);
  edge.clock.skip(age * 1000);
  edge.play(fail(status, {}, 20003));
  return edge;
}

const cacheStatus = (headers: Headers) => headers.get('Cache-Status');

describe('F14: STALE_ON_UPSTREAM_AUTH=true, where Twilio says 401', () => {
  const status = 401;

  it('serves what is stale in its place, and during the pause without a call', async () => {
    const edge = await refused(status, BEHIND);
    const first = await edge.ask(SID);
    expect(first.status).toBe(200);
    expect(cacheStatus(first.headers)).toBe(
      'room-recordings; fwd=stale; fwd-status=502; detail=stale-if-error',
    );
    edge.clock.skip(29_999);
    const meanwhile = await edge.ask(SID);
    expect(meanwhile.status).toBe(200);
    expect(meanwhile.headers.get('Age')).toBe('929');
    expect(cacheStatus(meanwhile.headers)).toBe('room-recordings; hit; ttl=-630; detail=upstream-auth');
    expect(edge.calls).toHaveLength(2);
    edge.clock.skip(1);
    edge.play(found());
    const anew = await edge.ask(SID);
    expect(cacheStatus(anew.headers)).toBe('room-recordings; fwd=stale; fwd-status=200; stored');
    expect(edge.calls).toHaveLength(3);
  });

  it('keeps what is refreshed behind an answer, where that is refused', async () => {
    const edge = await refused(status, FRESH);
    for (const skipped of [0, 2_000]) {
      edge.clock.skip(skipped);
      const { headers } = await edge.ask(SID);
      expect(cacheStatus(headers)).toMatch(
        /^room-recordings; hit; ttl=-?\d+; detail=stale-while-revalidate$/,
      );
      await edge.clock.advance(0);
    }
    expect(edge.calls).toHaveLength(2);
  });

  it('answers 502 where nothing is stored, or what is stored is too old', async () => {
    const edge = await refused(status, COVERED);
    const tooOld = await edge.ask(SID);
    expect(tooOld).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    expect(cacheStatus(tooOld.headers)).toBe('room-recordings; fwd=stale; fwd-status=502');
    const none = await edge.ask(sidOf(2));
    expect(none).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    expect(cacheStatus(none.headers)).toBe('room-recordings; detail=upstream-auth');
    expect(none.headers.get('Retry-After')).toBe('30');
    expect(edge.calls).toHaveLength(2);
  });

  it('raises the alarm all the same, once', async () => {
    const edge = await refused(status, BEHIND);
    for (const nth of [1, 2, 3]) await edge.ask(sidOf(nth));
    expect(edge.lines.filter(({ alert }) => alert === true)).toMatchObject([{ code: 'upstream_auth' }]);
  });
});

it.each([{}, { STALE_ON_UPSTREAM_AUTH: 'false' }])(
  'F14: without it nothing stale is served: %j',
  async (variables) => {
    const edge = await refused(401, BEHIND, variables);
    for (const ms of [0, 29_999]) {
      edge.clock.skip(ms);
      expect(await edge.ask(SID)).toMatchObject({ status: 502, body: { error: 'upstream_auth' } });
    }
    expect(edge.calls).toHaveLength(2);
  },
);

it('a read that is not made because Twilio refuses the credentials has no log entry of its own', async () => {
  const edge = await refused(401, BEHIND, {});
  for (const nth of [1, 2, 3]) await edge.ask(sidOf(nth));
  expect(edge.calls).toHaveLength(2);
  expect(edge.lines.filter(({ event }) => event === 'upstream.read_failed')).toHaveLength(1);
  expect(edge.lines.filter(({ status }) => status === 502)).toHaveLength(3);
});

it.each([401, 403])(
  'Cache-Status has fwd-status=502 if Twilio rejects the credentials with %i',
  async (status) => {
    const edge = await refused(status, BEHIND, {});
    const { headers } = await edge.ask(SID);
    expect(cacheStatus(headers)).toBe(`room-recordings; fwd=stale; fwd-status=502`);
  },
);
