import {
  isRecordingSid,
  isRoomSid,
  RecordingsError,
  type RecordingsErrorCode,
  type RecordingsErrorDetails,
  type RoomRecording,
  type RecordingRef,
} from '@room-recordings/core';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import type { Config } from '../../src/config/config.ts';
import type { EdgeServices } from '../../src/create-edge.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { createResilientCalls } from '../../src/twilio/resilience/resilient-calls.ts';
import { withResilience } from '../../src/twilio/resilience/resilient-source.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { createInProcessEdge, type LoggedEntry } from './in-process-edge.ts';
import { listNothing, RECORDING, ROOM_SID } from './recording.ts';

/** A secret that must not appear in any response or log entry. */
const SECRET = 'canary-5f3e9a';
const CREDENTIALS = btoa(`SK1:${SECRET}`);

/** Responds to a call for a recording, or rejects like a `fetch` without a connection. */
export type TwilioBehaviour = (sid: string) => Response | Promise<Response>;

/** A response of the edge after its body was read. */
export interface ReadResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An edge with a fake Twilio. It runs in memory on a fake clock. */
export interface TwilioEdge {
  readonly clock: FakeClock;
  readonly logEntries: readonly LoggedEntry[];
  /** The calls that Twilio got. */
  readonly calls: readonly { readonly sid: string; readonly init: RequestInit }[];
  /** Sets the behaviour of Twilio from now on. */
  setTwilio(behaviour: TwilioBehaviour): void;
  /** Requests a recording of `ROOM_SID`, and checks that neither the response nor the log has a secret. */
  fetchRecording(sid: string, headers?: Readonly<Record<string, string>>): Promise<ReadResponse>;
  /** Requests any path that responds with JSON, with the same check. */
  request(path: string): Promise<ReadResponse>;
}

/** Responds with the recording as Twilio describes it, with changes. */
export function respondWithRecording(changes: object = {}, init: ResponseInit = {}): TwilioBehaviour {
  return (sid) => Response.json({ ...RECORDING, sid, ...changes }, init);
}

/** Responds with an error as Twilio describes it. Its message repeats the credentials, so that each test checks their secrecy. */
export function respondWithError(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  code: number = status,
): TwilioBehaviour {
  return () => Response.json({ code, message: CREDENTIALS, status }, { status, headers });
}

/** Resets the connection before the first byte. */
export const resetConnection: TwilioBehaviour = () =>
  Promise.reject(new TypeError(SECRET, { cause: Object.assign(new Error(SECRET), { code: 'ECONNRESET' }) }));

/** Creates the SID of one of many recordings. */
export function createSid(nth: number): string {
  return `RT${nth.toString(16).padStart(32, '0')}`;
}

/**
 * Creates an edge with `ACCESS=public` and a Twilio that finds every recording.
 *
 * @param variables environment variables besides the credentials of Twilio.
 * @param services services besides the clock.
 */
export function createEdgeWithFakeTwilio(
  variables: Readonly<Record<string, string>> = {},
  services: Partial<EdgeServices> = {},
): TwilioEdge {
  const clock = createFakeClock();
  const { now } = clock;
  // The delay before a retry is the only sleep that is so short, and no test needs to advance the clock for it.
  const sleep: FakeClock['sleep'] = async (ms, signal) =>
    ms <= 250 ? clock.skip(ms) : clock.sleep(ms, signal);
  const calls: { readonly sid: string; readonly init: RequestInit }[] = [];
  let behaviour = respondWithRecording();
  const fetchTwilio = async (url: string, init: RequestInit) => {
    const sid = url.slice(-34);
    calls.push({ sid, init });
    return behaviour(sid);
  };
  const source = ({ source: twilio, staleOnUpstreamAuth }: Config) => {
    if (twilio?.name !== 'twilio') throw new Error('RECORDINGS_SOURCE must be twilio.');
    return createTwilioSource(twilio, fetchTwilio, { now, sleep, random: () => 0.5, staleOnUpstreamAuth });
  };
  const edge = createInProcessEdge({
    source,
    variables: {
      RECORDINGS_SOURCE: 'twilio',
      TWILIO_API_KEY: 'SK1',
      TWILIO_API_SECRET: SECRET,
      TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
      ...variables,
    },
    services: { now, sleep, ...services },
  });
  const { logEntries } = edge;
  async function request(path: string, init: RequestInit = {}): Promise<ReadResponse> {
    const firstEntry = logEntries.length;
    const response = await edge.request(path, init);
    const { status, headers } = response;
    const text = await response.text();
    const visible = text + JSON.stringify([[...headers], logEntries.slice(firstEntry)]);
    if (visible.includes(SECRET) || visible.includes(CREDENTIALS))
      throw new Error(`A secret is visible: ${visible}`);
    // Every route that the tests request responds with a JSON object.
    return { status, headers, body: JSON.parse(text) as ReadResponse['body'] };
  }
  return {
    clock,
    logEntries,
    calls,
    setTwilio: (next) => {
      behaviour = next;
    },
    fetchRecording: (sid, headers = {}) => request(`/v1/Rooms/${ROOM_SID}/Recordings/${sid}`, { headers }),
    request: (path) => request(path),
  };
}

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
    list: listNothing,
  };
  const { now, sleep } = clock;
  const resilientCalls = createResilientCalls({ now, sleep, random: () => 0.5, staleOnUpstreamAuth });
  const resilientSource = withResilience(source, resilientCalls);
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
