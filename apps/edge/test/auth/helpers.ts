import { expect } from 'vitest';
import { createFakeClock, NOW, type FakeClock } from '@room-recordings/testing/fake-clock';
import type { Config } from '../../src/config/config.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { createInProcessEdge, type LoggedEntry } from '../support/in-process-edge.ts';
import { PATH, RECORDING } from '../support/recording.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { statusAndCode } from './runtime-cases.ts';
import { ACCOUNT, JWT_ACCESS, TWILIO_ACCESS } from './tokens.ts';

/** Requests a path with a token in `Authorization`. */
export function sendToken(
  edge: Pick<TestEdge, 'request'>,
  token: string,
  path: string = PATH,
): Promise<Response> {
  return edge.request(path, { headers: { Authorization: `Bearer ${token}` } });
}

/** Requests a path with a token. Returns `200`, or the status and the error code of the response. */
export async function tokenStatus(
  edge: Pick<TestEdge, 'request'>,
  token: string,
  path: string = PATH,
): Promise<string> {
  return statusAndCode(await sendToken(edge, token, path));
}

/** Returns the log entries with the reason of a denied request. */
export function findReasons({ logEntries }: Pick<TestEdge, 'logEntries'>): readonly LoggedEntry[] {
  return logEntries.filter(({ reason }) => reason !== undefined);
}

/** Expects a status, and exactly one log entry with the reason and the id of the request. */
export async function expectReason(
  edge: TestEdge,
  response: Response,
  status: number,
  reason: string,
): Promise<void> {
  expect(response.status).toBe(status);
  const body: { error: string } = await response.json();
  expect(JSON.stringify(body)).not.toContain(reason);
  expect(findReasons(edge)).toEqual([
    {
      level: 'debug',
      event: 'auth.denied',
      msg: 'Request not authorized',
      time: new Date(NOW).toISOString(),
      request_id: response.headers.get('X-Request-Id'),
      code: body.error,
      reason,
    },
  ]);
}

/** A request that the issuer has received. */
interface IssuerCall {
  readonly url: string;
  readonly init: RequestInit;
}

/** An edge for the tokens of one fake issuer. */
interface IssuerEdge {
  readonly edge: TestEdge;
  readonly clock: FakeClock;
  readonly calls: readonly IssuerCall[];
  /** Changes the response of the issuer. */
  readonly change: (respond: () => Response | Promise<Response>) => void;
}

/** Creates an edge whose issuer responds as given. */
export function createIssuerEdge(respond: () => Response | Promise<Response>): IssuerEdge {
  const clock = createFakeClock();
  const calls: IssuerCall[] = [];
  let current = respond;
  const fetch = async (url: string, init: RequestInit) => {
    calls.push({ url, init });
    return current();
  };
  const { now, sleep } = clock;
  const edge = createTestEdge(undefined, JWT_ACCESS, { now, sleep, fetch });
  return { edge, clock, calls, change: (next) => (current = next) };
}

/** Creates the response of an issuer that publishes these keys. */
export function respondWithKeys(...keys: readonly unknown[]): () => Response {
  return () => Response.json({ keys });
}

/** The response of an issuer that cannot be reached. */
export const unreachable = (): Promise<Response> => Promise.reject(new TypeError('canary'));

/** The response of Twilio about a room; undefined for the default response. */
export type TwilioResponse = (roomSid: string) => Response | Promise<Response> | undefined;

/** An edge for tokens that grant room names, with a fake Twilio account in memory. */
export interface RoomsEdge extends Pick<TestEdge, 'request'> {
  readonly clock: FakeClock;
  readonly logEntries: readonly LoggedEntry[];
  /** The rooms that were looked up. */
  readonly lookups: readonly string[];
  /** The rooms whose recordings were read. */
  readonly reads: readonly string[];
  /** Changes the responses to room lookups. */
  respondToRooms(respond: TwilioResponse): void;
  /** Changes the responses to reads of recordings. */
  respondToRecordings(respond: TwilioResponse): void;
}

export const respondNotFound: TwilioResponse = () => Response.json({ code: 20404 }, { status: 404 });

/** Creates the SID of one of many rooms. */
export function createRoomSid(nth: number): string {
  return `RM${nth.toString(16).padStart(32, '0')}`;
}

/** Returns the path of a recording in a room. */
export function recordingPath(roomSid: string, sid = `RT${'a'.repeat(32)}`): string {
  return `/v1/Rooms/${roomSid}/Recordings/${sid}`;
}

/** Creates the response of Twilio to a room lookup. */
export function roomResponse(sid: string, changes: object = {}): Response {
  return Response.json({ sid, account_sid: ACCOUNT, unique_name: null, ...changes });
}

/**
 * Creates an edge with a fake Twilio account.
 *
 * @param names the unique names of the existing rooms by their SIDs.
 */
export function createRoomsEdge(names: Readonly<Record<string, string>>): RoomsEdge {
  const clock = createFakeClock();
  const { now, sleep } = clock;
  const lookups: string[] = [];
  const reads: string[] = [];
  let [respondToRoom, respondToRecording]: readonly TwilioResponse[] = [];
  const fetch = async (url: string) => {
    const [, , , room_sid = '', recordings, sid] = new URL(url).pathname.split('/');
    if (recordings !== undefined) {
      reads.push(room_sid);
      return (await respondToRecording?.(room_sid)) ?? Response.json({ ...RECORDING, room_sid, sid });
    }
    lookups.push(room_sid);
    const response = await respondToRoom?.(room_sid);
    if (response !== undefined) return response;
    const unique_name = names[room_sid];
    return unique_name === undefined
      ? Response.json({ code: 20404 }, { status: 404 })
      : roomResponse(room_sid, { unique_name });
  };
  const source = (config: Config) => {
    if (config.source?.name !== 'twilio') throw new Error('RECORDINGS_SOURCE must be twilio.');
    const services = { now, sleep, random: () => 0.5, staleOnUpstreamAuth: false };
    return createTwilioSource(config.source, fetch, services);
  };
  const { request, logEntries } = createInProcessEdge({
    source,
    variables: { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name', RECORDINGS_SOURCE: 'twilio' },
    services: { now, sleep, fetch },
  });
  return {
    clock,
    logEntries,
    lookups,
    reads,
    request,
    respondToRooms: (respond) => {
      respondToRoom = respond;
    },
    respondToRecordings: (respond) => {
      respondToRecording = respond;
    },
  };
}
