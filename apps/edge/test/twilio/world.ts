import {
  isRecordingSid,
  isRoomSid,
  RecordingsError,
  type RecordingsErrorDetails,
  type RoomRecording,
} from '@room-recordings/core';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { withResilience } from '../../src/twilio/resilience/resilient-source.ts';
import type { RecordingRef } from '@room-recordings/core';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import { RECORDING, ROOM_SID } from '../support/recording.ts';

/** What a call of the source comes to. */
export type Act = (signal?: AbortSignal) => Promise<RoomRecording>;

/** Care around a source that the test plays. */
export interface World {
  readonly clock: FakeClock;
  /** How many calls the source got. */
  calls(): number;
  /** What the source does from now on. */
  play(act: Act): void;
  /** Reads a recording that nothing else is asked for, and gives what came or was thrown; the clock moves for the wait before a second try. */
  read(): Promise<unknown>;
  /** The same, and the clock stands. */
  start(): Promise<unknown>;
  /** Reads the nth recording. */
  readNth(nth: number): Promise<unknown>;
  /** Reads as often, one after the other. */
  readTimes(times: number): Promise<void>;
}

/** Names one of many recordings. */
function idOf(nth: number): RecordingRef {
  const sid = `RT${nth.toString(16).padStart(32, '0')}`;
  if (!isRoomSid(ROOM_SID) || !isRecordingSid(sid)) throw new Error('The tests name no recording.');
  return { roomSid: ROOM_SID, sid };
}

/** The first of those that nothing else is asked for. */
const FIRST_OF_MANY = 1_000;

export const found: Act = () => Promise.resolve(RECORDING);

/** An answer of a status. */
export function answer(status: number, details: RecordingsErrorDetails = {}): Act {
  const codes = {
    401: 'unauthorized',
    403: 'forbidden',
    404: 'not_found',
    410: 'deleted',
    429: 'rate_limited',
  };
  const code = Object.entries(codes).find(([each]) => Number(each) === status)?.[1] ?? 'upstream';
  return () => Promise.reject(new RecordingsError(codeOf(code), 'No.', { status, ...details }));
}

function codeOf(code: string): RecordingsError['code'] {
  const known = ['unauthorized', 'forbidden', 'not_found', 'deleted', 'rate_limited'] as const;
  return known.find((each) => each === code) ?? 'upstream';
}

/** A connection that did not come about. */
export const unreachable: Act = () => Promise.reject(new RecordingsError('network', 'No connection.'));

export function makeWorld(act: Act = found, staleOnUpstreamAuth = false): World {
  const clock = createFakeClock();
  let current = act;
  let calls = 0;
  const source: RecordingSource = {
    read(_id, { signal } = {}) {
      calls += 1;
      return current(signal);
    },
  };
  const cared = withResilience(source, {
    now: clock.now,
    sleep: clock.sleep,
    random: () => 0.5,
    staleOnUpstreamAuth,
  });
  let started = 0;
  const startNth = (nth: number) => cared.read(idOf(nth)).catch((fault: unknown) => fault);
  const start = () => {
    started += 1;
    return startNth(FIRST_OF_MANY + started);
  };
  const readNth = async (nth?: number) => {
    const reading = nth === undefined ? start() : startNth(nth);
    // The pause before a retry is at most a quarter of a second.
    let isDone = false;
    void reading.then(() => (isDone = true));
    await clock.advance(0);
    if (!isDone) await clock.advance(250);
    return reading;
  };
  const read = () => readNth();
  return {
    clock,
    calls: () => calls,
    play: (next) => {
      current = next;
    },
    read,
    readNth,
    start,
    async readTimes(times) {
      for (let nth = 0; nth < times; nth += 1) await read();
    },
  };
}
