import { describe, expect, it } from 'vitest';
import { edgeBefore, fail, found, reset, sidOf, type Act, type EdgeBefore } from './edge-before.ts';

const ODD = sidOf(1);

interface Oddity {
  readonly name: string;
  readonly act: Act;
  readonly status: number;
  readonly error: string;
  readonly retryAfter?: string;
}

const ODDITIES: readonly Oddity[] = [
  { name: 'is not valid', act: found({ codec: 'AV1' }), status: 502, error: 'upstream_invalid' },
  {
    name: 'is of another room',
    act: found({ room_sid: `RM${'b'.repeat(32)}` }),
    status: 502,
    error: 'upstream_mismatch',
  },
  { name: 'is always 500', act: fail(500), status: 502, error: 'upstream_error' },
  { name: 'is always 503', act: fail(503), status: 503, error: 'upstream_unavailable', retryAfter: '1' },
  { name: 'is always 403', act: fail(403, {}, 20403), status: 502, error: 'upstream_auth' },
  { name: 'is always a redirect', act: fail(302), status: 502, error: 'upstream_redirect' },
];

/** An edge whose one recording is odd. */
function edgeWithOddity(act: Act): EdgeBefore {
  const edge = edgeBefore();
  edge.play((sid) => (sid === ODD ? act(sid) : found()(sid)));
  return edge;
}

async function poll(edge: EdgeBefore, times: number): Promise<void> {
  for (let nth = 0; nth < times; nth += 1) await edge.ask(ODD);
}

describe('a recording that keeps failing', () => {
  it.each(ODDITIES)('does not keep others from being read: $name', async ({ act }) => {
    const edge = edgeWithOddity(act);
    await poll(edge, 22);
    for (let nth = 2; nth < 12; nth += 1) expect((await edge.ask(sidOf(nth))).status).toBe(200);
  });

  it.each(ODDITIES)('costs three reads, then none for a second: $name', async (oddity) => {
    const edge = edgeWithOddity(oddity.act);
    await poll(edge, 3);
    const [calls, lines] = [
      edge.calls.length,
      edge.lines.filter(({ event }) => event === 'upstream.read_failed'),
    ];
    expect(calls).toBeLessThanOrEqual(6);
    edge.clock.skip(999);
    for (let nth = 0; nth < 100; nth += 1) {
      const { status, body, headers } = await edge.ask(ODD);
      expect({ status, error: body['error'] }).toEqual({ status: oddity.status, error: oddity.error });
      expect(headers.get('Retry-After')).toBe(oddity.retryAfter ?? null);
      expect(headers.get('Cache-Control')).toBe('no-store');
    }
    expect(edge.calls).toHaveLength(calls);
    expect(edge.lines.filter(({ event }) => event === 'upstream.read_failed')).toEqual(lines);
    edge.clock.skip(1);
    await edge.ask(ODD);
    expect(edge.calls.length).toBeGreaterThan(calls);
  });

  it('keeps the detail of the remembered error', async () => {
    const edge = edgeWithOddity(found({ codec: 'AV1' }));
    const first = await edge.ask(ODD);
    await poll(edge, 2);
    const remembered = await edge.ask(ODD);
    expect(remembered.body['detail']).toBe(first.body['detail']);
    expect(remembered.body['detail']).toContain('codec');
    expect(edge.calls).toHaveLength(3);
  });

  it('is read again after 1, 2, 4, 8, 16, 32 and then 60 seconds', async () => {
    const edge = edgeWithOddity(found({ codec: 'AV1' }));
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

  it('is read at once again after it has mended', async () => {
    const edge = edgeWithOddity(found({ codec: 'AV1' }));
    await poll(edge, 3);
    edge.play(found());
    edge.clock.skip(1_000);
    expect((await edge.ask(ODD)).status).toBe(200);
    edge.play(found({ codec: 'AV1' }));
    edge.clock.skip(4_000_000);
    const calls = edge.calls.length;
    await poll(edge, 2);
    expect(edge.calls).toHaveLength(calls + 2);
  });

  it('is answered with what is stale while its error is remembered', async () => {
    const edge = edgeBefore();
    await edge.ask(ODD);
    edge.clock.skip(1_000_000);
    edge.play(found({ codec: 'AV1' }));
    await poll(edge, 3);
    const { status, headers } = await edge.ask(ODD);
    expect(status).toBe(200);
    expect(headers.get('Cache-Status')).toBe(
      'room-recordings; fwd=stale; fwd-status=502; detail=stale-if-error',
    );
    expect(edge.calls).toHaveLength(1 + 3);
  });

  it('is read again after five seconds at the latest where no answer came', async () => {
    const edge = edgeWithOddity(reset);
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

  it('is forgotten once the source is back after an outage', async () => {
    const edge = edgeBefore();
    edge.play(fail(500));
    await poll(edge, 3);
    for (let nth = 2; nth < 20; nth += 1) await edge.ask(sidOf(nth));
    expect((await edge.ask(sidOf(30))).body['error']).toBe('circuit_open');
    edge.play(found());
    edge.clock.skip(5_000);
    expect((await edge.ask(sidOf(31))).status).toBe(200);
    expect((await edge.ask(ODD)).status).toBe(200);
  });
});
