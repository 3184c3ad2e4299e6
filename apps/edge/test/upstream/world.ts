import {
  isRecordingSid,
  isRoomSid,
  RecordingsError,
  type RecordingsErrorDetails,
  type RoomRecording,
} from '@room-recordings/core';
import type { RecordingId } from '../../src/route.ts';
import type { Source } from '../../src/source/source.ts';
import { careFor } from '../../src/upstream/care.ts';
import { makeClock, type Clock } from '../clock.ts';
import { RECORDING, ROOM_SID, SID } from '../recording.ts';

/** What a call of the source comes to. */
export type Act = (signal?: AbortSignal) => Promise<RoomRecording>;

/** Care around a source that the test plays. */
export interface World {
  readonly clock: Clock;
  /** How many calls the source got. */
  calls(): number;
  /** What the source does from now on. */
  play(act: Act): void;
  /** Reads, and gives what came or was thrown; the clock moves for the wait before a second try. */
  read(): Promise<unknown>;
  /** The same, and the clock stands. */
  start(): Promise<unknown>;
  /** Reads as often, one after the other. */
  readTimes(times: number): Promise<void>;
}

const ID: RecordingId = readId();

function readId(): RecordingId {
  if (!isRoomSid(ROOM_SID) || !isRecordingSid(SID)) throw new Error('The tests name no recording.');
  return { roomSid: ROOM_SID, sid: SID };
}

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
  const clock = makeClock();
  let current = act;
  let calls = 0;
  const source: Source = {
    read(_id, { signal } = {}) {
      calls += 1;
      return current(signal);
    },
  };
  const cared = careFor(source, {
    now: clock.now,
    delay: clock.delay,
    random: () => 0.5,
    staleOnUpstreamAuth,
  });
  const start = () => cared.read(ID).catch((fault: unknown) => fault);
  const read = async () => {
    const reading = start();
    // The pause before a retry is at most a quarter of a second.
    let isDone = false;
    void reading.then(() => (isDone = true));
    await clock.pass(0);
    if (!isDone) await clock.pass(250);
    return reading;
  };
  return {
    clock,
    calls: () => calls,
    play: (next) => {
      current = next;
    },
    read,
    start,
    async readTimes(times) {
      for (let nth = 0; nth < times; nth += 1) await read();
    },
  };
}
