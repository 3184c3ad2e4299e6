import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import type { LoggedEntry } from '../support/in-process-edge.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import { PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';

const SECRET = 'canary-5f3e9a';
const CREDENTIALS = btoa(`SK1:${SECRET}`);

/** What Twilio does with a call; `sid` is the recording that it is about. */
export type Act = (sid: string) => Response | Promise<Response>;

/** An answer, read up. */
export interface Came {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An edge before a Twilio that the test plays, all in memory. */
export interface EdgeBefore {
  readonly clock: FakeClock;
  readonly lines: readonly LoggedEntry[];
  /** How each call was made. */
  readonly calls: readonly RequestInit[];
  /** What Twilio does from now on. */
  play(act: Act): void;
  /** Asks for a recording; throws where a secret leaves in the answer or the log. */
  ask(sid: string): Promise<Came>;
  /** The same for any path. */
  askFor(path: string): Promise<Came>;
}

/** The recording as Twilio says it, changed. */
export function found(changes: object = {}, init: ResponseInit = {}): Act {
  return (sid) => Response.json({ ...RECORDING, sid, ...changes }, init);
}

/** An error as Twilio says it; it echoes what it was sent, as a careless one would. */
export function fail(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  code: number = status,
): Act {
  return () => Response.json({ code, message: CREDENTIALS, status }, { status, headers });
}

/** A connection that breaks before any byte. */
export const reset: Act = () =>
  Promise.reject(new TypeError(SECRET, { cause: Object.assign(new Error(SECRET), { code: 'ECONNRESET' }) }));

/** Names one of many recordings. */
export function sidOf(nth: number): string {
  return `RT${nth.toString(16).padStart(32, '0')}`;
}

/** Makes one with `ACCESS=public`, the given settings over it, and a Twilio that finds everything. */
export function edgeBefore(variables: Readonly<Record<string, string>> = {}): EdgeBefore {
  const clock = createFakeClock();
  const { now } = clock;
  // The wait before a second try is the only one as short, and nobody needs to see it.
  const sleep: FakeClock['sleep'] = async (ms, signal) =>
    ms <= 250 ? clock.skip(ms) : clock.sleep(ms, signal);
  const lines: LoggedEntry[] = [];
  const calls: RequestInit[] = [];
  let act = found();
  const settings = parseConfig({
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: SECRET,
    TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
    PUBLIC_URL,
    ...variables,
  });
  if (settings.source?.name !== 'twilio') throw new Error('The source is not twilio.');
  const fetchTwilio = async (url: string, init: RequestInit) => {
    calls.push(init);
    return act(url.slice(-34));
  };
  const { staleOnUpstreamAuth } = settings;
  const outside = { now, sleep, random: () => 0.5, staleOnUpstreamAuth };
  const { app } = createEdge(settings, createTwilioSource(settings.source, fetchTwilio, outside), {
    now,
    sleep,
    logger: { wants: () => true, write: (line) => lines.push(line) },
  });
  const answer = createFetchHandler(app);
  async function askFor(path: string): Promise<Came> {
    const before = lines.length;
    const response = await answer(new Request(PUBLIC_URL + path));
    const { status, headers } = response;
    const text = await response.text();
    const left = text + JSON.stringify([[...headers], lines.slice(before)]);
    if (left.includes(SECRET) || left.includes(CREDENTIALS)) throw new Error(`A secret left: ${left}`);
    // Every route that is asked for here responds with a JSON object.
    return { status, headers, body: JSON.parse(text) as Came['body'] };
  }
  return {
    clock,
    lines,
    calls,
    play: (next) => {
      act = next;
    },
    ask: (sid) => askFor(`/v1/Rooms/${ROOM_SID}/Recordings/${sid}`),
    askFor,
  };
}
