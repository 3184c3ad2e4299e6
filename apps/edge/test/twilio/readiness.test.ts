import { describe, expect, it, vi } from 'vitest';
import { TWILIO_ACCESS, createTwilioToken } from '../auth/tokens.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { edgeBefore, fail, sidOf, type EdgeBefore } from './edge-before.ts';
import { tokenStatus } from '../auth/helpers.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const READY = { status: 'ready', reasons: [] };
const REFUSED = { status: 'degraded', reasons: ['credentials_refused'] };
const OPEN = { status: 'degraded', reasons: ['circuit_open'] };

/** The body of `/readyz`, which must not have called Twilio. */
async function readinessOf(edge: EdgeBefore): Promise<unknown> {
  const calls = edge.calls.length;
  const { status, headers, body } = await edge.askFor('/readyz');
  expect([status, headers.get('Cache-Control'), edge.calls.length]).toEqual([200, 'no-store', calls]);
  return body;
}

/** Reads recordings that all fail, until the circuit is open. */
async function openCircuit(edge: EdgeBefore): Promise<void> {
  edge.play(fail(500));
  for (let nth = 1; nth <= 20; nth += 1) {
    await edge.ask(sidOf(nth));
    edge.clock.skip(100);
  }
}

describe('/readyz', () => {
  it.each([
    ['by default', {}],
    ['with STALE_ON_UPSTREAM_AUTH', { STALE_ON_UPSTREAM_AUTH: 'true' }],
  ])('names refused credentials until the pause after a 401 ends: %s', async (_when, variables) => {
    const edge = edgeBefore(variables);
    expect(await readinessOf(edge)).toEqual(READY);
    edge.play(fail(401));
    await edge.ask(sidOf(1));
    expect(await readinessOf(edge)).toEqual(REFUSED);
    edge.clock.skip(29_999);
    expect(await readinessOf(edge)).toEqual(REFUSED);
    edge.clock.skip(1);
    expect(await readinessOf(edge)).toEqual(READY);
  });

  it('names the open circuit until a call may be made again', async () => {
    const edge = edgeBefore();
    await openCircuit(edge);
    expect(await readinessOf(edge)).toEqual(OPEN);
    edge.clock.skip(5_000);
    expect(await readinessOf(edge)).toEqual(READY);
  });

  it('names both reasons while both hold', async () => {
    const edge = edgeBefore();
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    edge.play(async (sid) => {
      await released;
      return fail(sid === sidOf(1) ? 401 : 500)(sid);
    });
    const reads = Array.from({ length: 20 }, (_, nth) => edge.ask(sidOf(nth + 1)));
    release();
    await Promise.all(reads);
    expect(await readinessOf(edge)).toEqual({
      status: 'degraded',
      reasons: ['credentials_refused', 'circuit_open'],
    });
  });

  it.each([404, 410, 429, 503])('responds "ready" after a single %i', async (status) => {
    const edge = edgeBefore();
    edge.play(fail(status));
    await edge.ask(sidOf(1));
    expect(await readinessOf(edge)).toEqual(READY);
  });

  it('names credentials that Twilio refused to the look-up of a room beside an archive', async () => {
    const refuse = () => Promise.resolve(Response.json({ code: 20003 }, { status: 401 }));
    const edge = createTestEdge(
      undefined,
      { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' },
      { fetch: refuse },
    );
    expect(await tokenStatus(edge, createTwilioToken({ room: 'daily' }))).toBe('503 auth_unavailable');
    const response = await edge.request('/readyz');
    expect(await response.json()).toEqual(REFUSED);
  });

  it('responds 503 with `Retry-After` while the process is draining', async () => {
    const response = await createTestEdge(undefined, {}, { isDraining: () => true }).request('/readyz');
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({
      error: 'overloaded',
      detail: 'This process is stopping. Send the request to another instance.',
    });
  });
});
