import { describe, expect, it, vi } from 'vitest';
import { TWILIO_ACCESS, createTwilioToken } from '../auth/tokens.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import {
  createEdgeWithFakeTwilio,
  respondWithError,
  createSid,
  type TwilioEdge,
} from '../support/twilio-edge.ts';
import { tokenStatus } from '../auth/helpers.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const READY = { status: 'ready', reasons: [] };
const REJECTED = { status: 'degraded', reasons: ['credentials_refused'] };
const CIRCUIT_OPEN = { status: 'degraded', reasons: ['circuit_open'] };

/** Requests `/readyz`, and checks that it calls no upstream. */
async function fetchReadiness(edge: TwilioEdge): Promise<unknown> {
  const calls = edge.calls.length;
  const { status, headers, body } = await edge.request('/readyz');
  expect([status, headers.get('Cache-Control'), edge.calls.length]).toEqual([200, 'no-store', calls]);
  return body;
}

/** Reads recordings that all respondWithError, until the circuit is open. */
async function openCircuit(edge: TwilioEdge): Promise<void> {
  edge.setTwilio(respondWithError(500));
  for (let nth = 1; nth <= 20; nth += 1) {
    await edge.fetchRecording(createSid(nth));
    edge.clock.skip(100);
  }
}

describe('/readyz', () => {
  it.each([
    { name: 'by default', variables: {} },
    { name: 'with STALE_ON_UPSTREAM_AUTH', variables: { STALE_ON_UPSTREAM_AUTH: 'true' } },
  ])('reports rejected credentials until the end of the cooldown: $name', async ({ variables }) => {
    const edge = createEdgeWithFakeTwilio(variables);
    expect(await fetchReadiness(edge)).toEqual(READY);
    edge.setTwilio(respondWithError(401));
    await edge.fetchRecording(createSid(1));
    expect(await fetchReadiness(edge)).toEqual(REJECTED);
    edge.clock.skip(29_999);
    expect(await fetchReadiness(edge)).toEqual(REJECTED);
    edge.clock.skip(1);
    expect(await fetchReadiness(edge)).toEqual(READY);
  });

  it('reports an open circuit until a call is allowed', async () => {
    const edge = createEdgeWithFakeTwilio();
    await openCircuit(edge);
    expect(await fetchReadiness(edge)).toEqual(CIRCUIT_OPEN);
    edge.clock.skip(5_000);
    expect(await fetchReadiness(edge)).toEqual(READY);
  });

  it('reports both reasons', async () => {
    const edge = createEdgeWithFakeTwilio();
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    edge.setTwilio(async (sid) => {
      await released;
      return respondWithError(sid === createSid(1) ? 401 : 500)(sid);
    });
    const reads = Array.from({ length: 20 }, (_, nth) => edge.fetchRecording(createSid(nth + 1)));
    release();
    await Promise.all(reads);
    expect(await fetchReadiness(edge)).toEqual({
      status: 'degraded',
      reasons: ['credentials_refused', 'circuit_open'],
    });
  });

  it.each([404, 410, 429, 503])('responds "ready" after a single %i', async (status) => {
    const edge = createEdgeWithFakeTwilio();
    edge.setTwilio(respondWithError(status));
    await edge.fetchRecording(createSid(1));
    expect(await fetchReadiness(edge)).toEqual(READY);
  });

  it('reports credentials that Twilio rejected for a room lookup beside an archive', async () => {
    const reject = () => Promise.resolve(Response.json({ code: 20003 }, { status: 401 }));
    const edge = createTestEdge(
      undefined,
      { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' },
      { fetch: reject },
    );
    expect(await tokenStatus(edge, createTwilioToken({ room: 'daily' }))).toBe('503 auth_unavailable');
    const response = await edge.request('/readyz');
    expect(await response.json()).toEqual(REJECTED);
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
