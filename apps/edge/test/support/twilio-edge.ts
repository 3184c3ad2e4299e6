import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import type { Config } from '../../src/config/config.ts';
import type { EdgeServices } from '../../src/create-edge.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { createInProcessEdge, type LoggedEntry } from './in-process-edge.ts';
import { RECORDING, ROOM_SID } from './recording.ts';

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
