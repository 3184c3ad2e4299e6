import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import type { LoggedEntry } from '../support/in-process-edge.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import type { TestEdge } from '../support/test-edge.ts';
import { PUBLIC_URL, RECORDING } from '../support/recording.ts';
import { ACCOUNT, TWILIO_ACCESS } from './tokens.ts';

/** What Twilio answers; undefined as it should. */
export type Act = (roomSid: string) => Response | Promise<Response> | undefined;

/** An edge of tokens that name rooms, before an account at Twilio that the test plays, all in memory. */
export interface Rooms extends Pick<TestEdge, 'request'> {
  readonly clock: FakeClock;
  readonly logEntries: readonly LoggedEntry[];
  /** The rooms that were looked up. */
  readonly lookUps: readonly string[];
  /** The rooms that recordings were read of. */
  readonly reads: readonly string[];
  /** What is answered about rooms from now on. */
  playRooms(act: Act): void;
  /** What is answered about recordings from now on. */
  playRecordings(act: Act): void;
}

export const NOT_THERE: Act = () => Response.json({ code: 20404 }, { status: 404 });

/** Names one of many rooms. */
export function roomOf(nth: number): string {
  return `RM${nth.toString(16).padStart(32, '0')}`;
}

/** The path of a recording in a room. */
export function pathIn(roomSid: string, sid = `RT${'a'.repeat(32)}`): string {
  return `/v1/Rooms/${roomSid}/Recordings/${sid}`;
}

/** A room as Twilio says it. */
export function room(sid: string, changes: object = {}): Response {
  return Response.json({ sid, account_sid: ACCOUNT, unique_name: null, ...changes });
}

/** Makes one; `names` are the unique names of the rooms that are there, by their SIDs. */
export function openRooms(names: Readonly<Record<string, string>>): Rooms {
  const clock = createFakeClock();
  const logEntries: LoggedEntry[] = [];
  const lookUps: string[] = [];
  const reads: string[] = [];
  let [aboutRooms, aboutRecordings]: readonly Act[] = [];
  const settings = parseConfig({
    ...TWILIO_ACCESS,
    TWILIO_TOKEN_ROOM: 'name',
    RECORDINGS_SOURCE: 'twilio',
    PUBLIC_URL,
  });
  if (settings.source?.name !== 'twilio') throw new Error('The source is not twilio.');
  const { now, sleep } = clock;
  const fetch = async (url: string) => {
    const [, , , room_sid = '', recordings, sid] = new URL(url).pathname.split('/');
    if (recordings !== undefined) {
      reads.push(room_sid);
      return (await aboutRecordings?.(room_sid)) ?? Response.json({ ...RECORDING, room_sid, sid });
    }
    lookUps.push(room_sid);
    const played = await aboutRooms?.(room_sid);
    if (played !== undefined) return played;
    const unique_name = names[room_sid];
    return unique_name === undefined
      ? Response.json({ code: 20404 }, { status: 404 })
      : room(room_sid, { unique_name });
  };
  const source = createTwilioSource(settings.source, fetch, {
    now,
    sleep,
    random: () => 0.5,
    staleOnUpstreamAuth: false,
  });
  const log = { wants: () => true, write: (line: LoggedEntry) => logEntries.push(line) };
  const answer = createFetchHandler(createEdge(settings, source, { now, sleep, fetch, logger: log }).app);
  return {
    clock,
    logEntries,
    lookUps,
    reads,
    playRooms: (act) => {
      aboutRooms = act;
    },
    playRecordings: (act) => {
      aboutRecordings = act;
    },
    request: async (path = '', init = {}) => answer(new Request(PUBLIC_URL + path, init)),
  };
}
