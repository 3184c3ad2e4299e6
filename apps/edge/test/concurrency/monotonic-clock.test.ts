import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { createMonotonicClock, createClockFromWall } from '../../src/concurrency/monotonic-clock.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { createResilientCalls } from '../../src/twilio/resilience/resilient-calls.ts';
import { withResilience } from '../../src/twilio/resilience/resilient-source.ts';
import { createFakeClock, NOW } from '@room-recordings/testing/fake-clock';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { listNothing, RECORDING, ROOM_SID } from '../support/recording.ts';

const HOUR_MS = 3_600_000;

/** Creates the two clocks: `pass` advances both, and `set` moves the wall clock only. */
function makeClocks() {
  let [wall, elapsed] = [NOW, 5];
  return {
    now: () => wall,
    elapsed: () => elapsed,
    pass(ms: number) {
      wall += ms;
      elapsed += ms;
    },
    set(ms: number) {
      wall += ms;
    },
  };
}

describe('createMonotonicClock()', () => {
  it('starts at the time of the wall clock and advances with it', () => {
    const clocks = makeClocks();
    const read = createMonotonicClock(clocks);
    expect(read()).toBe(NOW);
    clocks.pass(1_500);
    expect(read()).toBe(NOW + 1_500);
  });

  it('does not change when the wall clock is set back', () => {
    const clocks = makeClocks();
    const read = createMonotonicClock(clocks);
    clocks.set(-HOUR_MS);
    for (let second = 1; second < 10; second += 1) {
      clocks.pass(1_000);
      expect(read()).toBe(NOW + second * 1_000);
    }
  });

  it('follows a wall clock that jumps forward, as after a suspension of the machine', () => {
    const clocks = makeClocks();
    const read = createMonotonicClock(clocks);
    clocks.set(HOUR_MS);
    clocks.pass(1_000);
    expect(read()).toBe(NOW + HOUR_MS + 1_000);
  });

  it('does not run ahead if the wall clock is set forward and back in small steps', () => {
    const clocks = makeClocks();
    const read = createMonotonicClock(clocks);
    for (let nth = 0; nth < 10_000; nth += 1) {
      clocks.set(nth % 2 === 0 ? 40 : -40);
      clocks.pass(10);
      read();
    }
    expect(read() - (NOW + 100_000)).toBeLessThan(1_000);
    clocks.pass(1_000);
    expect(read() - (NOW + 101_000)).toBeLessThan(50);
  });

  it('follows a suspension of the machine after its wall clock was set back', () => {
    const clocks = makeClocks();
    const read = createMonotonicClock(clocks);
    clocks.set(-HOUR_MS);
    clocks.pass(1_000);
    read();
    clocks.set(HOUR_MS / 2);
    clocks.pass(1_000);
    expect(read()).toBe(NOW + 2_000 + HOUR_MS / 2);
  });

  it('returns whole milliseconds and never goes back', () => {
    let [wall, elapsed] = [NOW, 0.4];
    const read = createMonotonicClock({ now: () => wall, elapsed: () => elapsed });
    [wall, elapsed] = [NOW + 100, 100.7];
    expect(Number.isInteger(read())).toBe(true);
    const later = read();
    [wall, elapsed] = [NOW, 2];
    expect(read()).toBe(later);
  });
});

describe('createClockFromWall()', () => {
  it('continues from its last time when the wall clock is set back', () => {
    const clocks = makeClocks();
    const read = createClockFromWall(clocks.now);
    clocks.pass(500);
    expect(read()).toBe(NOW + 500);
    clocks.set(-HOUR_MS);
    expect(read()).toBe(NOW + 500);
    clocks.pass(250);
    expect(read()).toBe(NOW + 750);
  });
});

/** Creates an edge whose wall clock a test sets independently of the monotonic clock. */
function setUpEdge(read: RecordingSource['read'], variables: Readonly<Record<string, string>> = {}) {
  const clock = createFakeClock();
  let offset = 0;
  const calls = createResilientCalls({ ...clock, random: () => 0.5, staleOnUpstreamAuth: false });
  const edge = createInProcessEdge({
    source: withResilience({ read, list: listNothing }, calls),
    variables,
    services: { now: () => clock.now() + offset, monotonic: clock.now, sleep: clock.sleep },
  });
  return {
    clock,
    wall: () => clock.now() + offset,
    set: (ms: number) => {
      offset += ms;
    },
    request: edge.request,
  };
}

const createPath = (nth: number) =>
  `/v1/Rooms/${ROOM_SID}/Recordings/RT${nth.toString(16).padStart(32, '0')}`;
const rejectNotFound: RecordingSource['read'] = () =>
  Promise.reject(new RecordingsError('not_found', 'No.', { status: 404 }));

describe.each([
  { name: 'back by an hour', ms: -HOUR_MS },
  { name: 'forward by an hour', ms: HOUR_MS },
])('an edge whose wall clock is set $name', ({ ms }) => {
  it('keeps a response fresh for exactly its lifetime', async () => {
    const edge = setUpEdge(async () => RECORDING);
    await edge.request();
    edge.set(ms);
    edge.clock.skip(299_000);
    expect((await edge.request()).headers.get('Cache-Status')).toContain('ttl=1');
    edge.clock.skip(1_000);
    expect((await edge.request()).headers.get('Cache-Status')).toContain('stale-while-revalidate');
  });

  it('reads again as soon as the call limits allow it', async () => {
    const edge = setUpEdge(rejectNotFound);
    for (let nth = 0; nth < 5; nth += 1) await edge.request(createPath(nth));
    edge.set(ms);
    expect((await edge.request(createPath(5))).status).toBe(503);
    edge.clock.skip(1_000);
    expect((await edge.request(createPath(6))).status).toBe(404);
  });

  it('keeps the cooldown of the account for exactly its time', async () => {
    let isRejected = true;
    const edge = setUpEdge(async (id) => {
      if (isRejected) throw new RecordingsError('unauthorized', 'No.', { status: 401 });
      return { ...RECORDING, sid: id.sid };
    });
    await edge.request(createPath(1));
    isRejected = false;
    edge.set(ms);
    edge.clock.skip(29_999);
    expect((await edge.request(createPath(2))).status).toBe(502);
    edge.clock.skip(1);
    expect((await edge.request(createPath(3))).status).toBe(200);
  });

  it('keeps the wait of a rate limit for exactly its time', async () => {
    const edge = setUpEdge(async () => RECORDING, { RATE_LIMIT: '1/60' });
    await edge.request();
    edge.set(ms);
    edge.clock.skip(59_999);
    expect((await edge.request()).status).toBe(429);
    edge.clock.skip(1);
    expect((await edge.request()).status).toBe(200);
  });

  it('sends the time of the wall clock as Date', async () => {
    const edge = setUpEdge(async () => RECORDING);
    edge.set(ms);
    expect((await edge.request()).headers.get('Date')).toBe(new Date(edge.wall()).toUTCString());
  });
});
