import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { createMonotonicClock, createClockFromWall } from '../../src/concurrency/monotonic-clock.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { withResilience } from '../../src/twilio/resilience/resilient-source.ts';
import { makeClock, NOW } from '../clock.ts';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';

const HOUR_MS = 3_600_000;

/** A wall clock that a test sets, and the time that really passes. */
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
  it('starts at the time of the wall clock and goes on with what passes', () => {
    const clocks = makeClocks();
    const read = createMonotonicClock(clocks);
    expect(read()).toBe(NOW);
    clocks.pass(1_500);
    expect(read()).toBe(NOW + 1_500);
  });

  it('is not changed by a wall clock that is set back', () => {
    const clocks = makeClocks();
    const read = createMonotonicClock(clocks);
    clocks.set(-HOUR_MS);
    for (let second = 1; second < 10; second += 1) {
      clocks.pass(1_000);
      expect(read()).toBe(NOW + second * 1_000);
    }
  });

  it('follows a wall clock that jumps ahead, as after a suspended machine', () => {
    const clocks = makeClocks();
    const read = createMonotonicClock(clocks);
    clocks.set(HOUR_MS);
    clocks.pass(1_000);
    expect(read()).toBe(NOW + HOUR_MS + 1_000);
  });

  it('does not run ahead where the wall clock is set back and forth by a little', () => {
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

  it('follows a machine that is suspended after its clock was set back', () => {
    const clocks = makeClocks();
    const read = createMonotonicClock(clocks);
    clocks.set(-HOUR_MS);
    clocks.pass(1_000);
    read();
    clocks.set(HOUR_MS / 2);
    clocks.pass(1_000);
    expect(read()).toBe(NOW + 2_000 + HOUR_MS / 2);
  });

  it('gives whole milliseconds and never goes back', () => {
    let [wall, elapsed] = [NOW, 0.4];
    const read = createMonotonicClock({ now: () => wall, elapsed: () => elapsed });
    [wall, elapsed] = [NOW + 100, 100.7];
    expect(Number.isInteger(read())).toBe(true);
    const later = read();
    [wall, elapsed] = [NOW, 2];
    expect(read()).toBe(later);
  });
});

describe('createSteadyClock()', () => {
  it('goes on from where it stood when the wall clock is set back', () => {
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

/** An edge with a wall clock that is set apart from the clock for durations, before a source that the test plays. */
function openEdge(read: RecordingSource['read'], variables: Readonly<Record<string, string>> = {}) {
  const clock = makeClock();
  let ahead = 0;
  const settings = parseConfig({ ACCESS: 'public', RECORDINGS_SOURCE: 'archive', PUBLIC_URL, ...variables });
  const source = withResilience({ read }, { ...clock, random: () => 0.5, staleOnUpstreamAuth: false });
  const { app } = createEdge(settings, source, {
    now: () => clock.now() + ahead,
    monotonic: clock.now,
    sleep: clock.sleep,
    log: { wants: () => false, write() {} },
  });
  const answer = createFetchHandler(app);
  return {
    clock,
    wall: () => clock.now() + ahead,
    set: (ms: number) => {
      ahead += ms;
    },
    ask: async (path: string = PATH) => answer(new Request(PUBLIC_URL + path)),
  };
}

const pathOf = (nth: number) => `/v1/Rooms/${ROOM_SID}/Recordings/RT${nth.toString(16).padStart(32, '0')}`;
const missing: RecordingSource['read'] = () =>
  Promise.reject(new RecordingsError('not_found', 'No.', { status: 404 }));

describe.each([
  { name: 'back by an hour', ms: -HOUR_MS },
  { name: 'ahead by an hour', ms: HOUR_MS },
])('a wall clock that is set $name', ({ ms }) => {
  it('neither lengthens nor ends the freshness of a response', async () => {
    const edge = openEdge(async () => RECORDING);
    await edge.ask();
    edge.set(ms);
    edge.clock.skip(299_000);
    expect((await edge.ask()).headers.get('Cache-Status')).toContain('ttl=1');
    edge.clock.skip(1_000);
    expect((await edge.ask()).headers.get('Cache-Status')).toContain('stale-while-revalidate');
  });

  it('does not deny reads once the caps allow them again', async () => {
    const edge = openEdge(missing);
    for (let nth = 0; nth < 5; nth += 1) await edge.ask(pathOf(nth));
    edge.set(ms);
    expect((await edge.ask(pathOf(5))).status).toBe(503);
    edge.clock.skip(1_000);
    expect((await edge.ask(pathOf(6))).status).toBe(404);
  });

  it('neither lengthens nor ends a pause of the account', async () => {
    let isRefused = true;
    const edge = openEdge(async (id) => {
      if (isRefused) throw new RecordingsError('unauthorized', 'No.', { status: 401 });
      return { ...RECORDING, sid: id.sid };
    });
    await edge.ask(pathOf(1));
    isRefused = false;
    edge.set(ms);
    edge.clock.skip(29_999);
    expect((await edge.ask(pathOf(2))).status).toBe(502);
    edge.clock.skip(1);
    expect((await edge.ask(pathOf(3))).status).toBe(200);
  });

  it('neither lengthens nor ends the wait that a rate limit asks for', async () => {
    const edge = openEdge(async () => RECORDING, { RATE_LIMIT: '1/60' });
    await edge.ask();
    edge.set(ms);
    edge.clock.skip(59_999);
    expect((await edge.ask()).status).toBe(429);
    edge.clock.skip(1);
    expect((await edge.ask()).status).toBe(200);
  });

  it('is what Date says', async () => {
    const edge = openEdge(async () => RECORDING);
    edge.set(ms);
    expect((await edge.ask()).headers.get('Date')).toBe(new Date(edge.wall()).toUTCString());
  });
});
