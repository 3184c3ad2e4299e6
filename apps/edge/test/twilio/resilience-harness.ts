import {
  isRecordingSid,
  isRoomSid,
  RecordingsError,
  type RecordingsErrorCode,
  type RecordingsErrorDetails,
  type RoomRecording,
} from '@room-recordings/core';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { withResilience } from '../../src/twilio/resilience/resilient-source.ts';
import type { RecordingRef } from '@room-recordings/core';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import { RECORDING, ROOM_SID } from '../support/recording.ts';

/** The result of a call of the source. */
export type Behaviour = (signal?: AbortSignal) => Promise<RoomRecording>;

/** A resilient source in front of a source whose behaviour the test sets. */
export interface ResilienceHarness {
  readonly clock: FakeClock;
  /** Returns the number of calls of the source. */
  calls(): number;
  /** Sets the behaviour of the source from now on. */
  setBehaviour(behaviour: Behaviour): void;
  /** Reads a recording that no other read names; advances the clock for the delay of a retry. Returns the recording or the error. */
  read(): Promise<unknown>;
  /** Starts such a read without advancing the clock. */
  start(): Promise<unknown>;
  /** Reads the nth recording. */
  readNth(nth: number): Promise<unknown>;
  /** Calls `read` several times, one after the other. */
  readTimes(times: number): Promise<void>;
}

function toRecordingRef(nth: number): RecordingRef {
  const sid = `RT${nth.toString(16).padStart(32, '0')}`;
  if (!isRoomSid(ROOM_SID) || !isRecordingSid(sid)) throw new Error('A SID of the test is not valid.');
  return { roomSid: ROOM_SID, sid };
}

/** The number of the first recording of `read`, above those of `readNth`. */
const FIRST_UNIQUE = 1_000;

export const succeed: Behaviour = () => Promise.resolve(RECORDING);

const CODES: Readonly<Record<number, RecordingsErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  410: 'deleted',
  429: 'rate_limited',
};

/** Rejects with the error of a response with this status. */
export function failWithStatus(status: number, details: RecordingsErrorDetails = {}): Behaviour {
  return () =>
    Promise.reject(new RecordingsError(CODES[status] ?? 'upstream', 'No.', { status, ...details }));
}

export const failToConnect: Behaviour = () =>
  Promise.reject(new RecordingsError('network', 'No connection.'));

export function createResilienceHarness(
  initial: Behaviour = succeed,
  staleOnUpstreamAuth = false,
): ResilienceHarness {
  const clock = createFakeClock();
  let behaviour = initial;
  let calls = 0;
  const source: RecordingSource = {
    read(_id, { signal } = {}) {
      calls += 1;
      return behaviour(signal);
    },
  };
  const resilientSource = withResilience(source, {
    now: clock.now,
    sleep: clock.sleep,
    random: () => 0.5,
    staleOnUpstreamAuth,
  });
  let started = 0;
  const startNth = (nth: number) =>
    resilientSource.read(toRecordingRef(nth)).catch((error: unknown) => error);
  const start = () => {
    started += 1;
    return startNth(FIRST_UNIQUE + started);
  };
  const settle = async (read: Promise<unknown>) => {
    let isSettled = false;
    void read.then(() => (isSettled = true));
    await clock.advance(0);
    // The delay before a retry is at most a quarter of a second.
    if (!isSettled) await clock.advance(250);
    return read;
  };
  return {
    clock,
    calls: () => calls,
    setBehaviour: (next) => {
      behaviour = next;
    },
    read: () => settle(start()),
    readNth: (nth) => settle(startNth(nth)),
    start,
    async readTimes(times) {
      for (let nth = 0; nth < times; nth += 1) await settle(start());
    },
  };
}
