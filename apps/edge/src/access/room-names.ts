import { type FetchRecordings, type RoomSid } from '@room-recordings/core';
import * as v from 'valibot';
import { describeFault } from '../fault.ts';
import { foldSid } from '../route.ts';
import { limitTransfer } from '../upstream/limits.ts';
import { readJson } from './json.ts';
import type { AccessOutside } from './outside.ts';
import { MissBudget } from './miss-budget.ts';
import { Remembered } from './remembered.ts';
import type { TwilioTokenSettings } from './settings.ts';
import { shareCalls } from './shared-call.ts';
import { unavailable, type Denial } from './verdict.ts';

/** The unique names of rooms; null for a room that is not there. */
export interface RoomNames {
  /** The name that was looked up before; undefined where it has to be found. */
  recall(roomSid: RoomSid): string | null | undefined;
  /** Looks a room up for whom a token lets in. */
  find(roomSid: RoomSid, token: string): Promise<string | null | Denial>;
}

/** For one look-up, milliseconds. */
const DEADLINE_MS = 5_000;

/** A room keeps its name: only what is kept has an end, in milliseconds. */
const NAME_MS = 86_400_000;
const MISSING_MS = 30_000;

/** After a look-up that failed none is made for so long, in seconds: refused credentials need somebody to act. */
const PAUSE_SECONDS = 5;
const AUTH_PAUSE_SECONDS = 30;
const LONGEST_PAUSE_SECONDS = 60;

const ROOM = v.object({ sid: v.string(), account_sid: v.string(), unique_name: v.string() });

/**
 * Looks up rooms at Twilio, each once, no more of them than the account bears beside its other calls, and few for a token that
 * names what is not there; and remembers their names.
 *
 * @see https://www.twilio.com/docs/video/api/rooms-resource
 */
export function findRoomNames(settings: TwilioTokenSettings, outside: AccessOutside): RoomNames {
  const { now, delay, report, caps } = outside;
  const fetch = limitTransfer(outside.fetch, delay);
  const share = shareCalls<string | null | Denial>(DEADLINE_MS, outside);
  const known = new Remembered<{ readonly name: string | null }>();
  const budget = new MissBudget();
  let pausedUntil = 0;

  /** Remembers what was found, and pauses after what went wrong. */
  async function lookUp(
    roomSid: RoomSid,
    token: string,
    signal: AbortSignal,
  ): Promise<string | null | Denial> {
    let isMissing = false;
    const counted = caps.begin(now());
    const endOf = budget.begin(token, now());
    try {
      const name = await askForName(roomSid, settings, fetch, signal);
      isMissing = name === null;
      known.keep(roomSid, { name }, now() + (isMissing ? MISSING_MS : NAME_MS));
      return name;
    } catch (fault) {
      const seconds = fault instanceof LookUpFailed ? fault.pause : PAUSE_SECONDS;
      pausedUntil = now() + seconds * 1000;
      report({
        level: 'error',
        time: new Date(now()).toISOString(),
        access: 'twilio-token',
        room_sid: roomSid,
        ...describeFault(fault),
      });
      return unavailable(seconds);
    } finally {
      counted.end(isMissing, now());
      endOf(isMissing);
    }
  }

  return {
    recall: (roomSid) => known.recall(roomSid, now())?.name,
    async find(roomSid, token) {
      const turn = budget.wait(token, now());
      if (turn > 0) return unavailable(turn / 1000);
      const name = await share(roomSid, async (signal) => {
        if (now() < pausedUntil) return unavailable((pausedUntil - now()) / 1000);
        const wait = caps.wait(now());
        return wait > 0 ? unavailable(wait / 1000) : lookUp(roomSid, token, signal);
      });
      return name === undefined ? unavailable(PAUSE_SECONDS) : name;
    },
  };
}

/** A look-up that brought no room; `pause` is seconds. */
class LookUpFailed extends Error {
  override readonly name: string = 'LookUpFailed';
  readonly pause: number;

  constructor(why: string, pause: number) {
    super(why);
    this.name = why;
    this.pause = pause;
  }
}

async function askForName(
  roomSid: RoomSid,
  { baseUrl, auth, accountSid }: TwilioTokenSettings,
  fetch: FetchRecordings,
  signal: AbortSignal,
): Promise<string | null> {
  const response = await fetch(`${baseUrl}/v1/Rooms/${roomSid}`, {
    headers: { accept: 'application/json', authorization: auth() },
    redirect: 'manual',
    signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    if (response.status === 404) return null;
    throw new LookUpFailed(`Status${response.status}`, pauseAfter(response));
  }
  const room = v.safeParse(ROOM, readJson(await response.text()));
  if (!room.success) throw new LookUpFailed('NoRoom', PAUSE_SECONDS);
  const { sid, account_sid, unique_name } = room.output;
  if (foldSid(sid) !== roomSid || account_sid !== accountSid) {
    throw new LookUpFailed('AnotherRoom', PAUSE_SECONDS);
  }
  return unique_name;
}

function pauseAfter({ status, headers }: Response): number {
  if (status === 401 || status === 403) return AUTH_PAUSE_SECONDS;
  const asked = headers.get('retry-after') ?? '';
  return /^\d{1,9}$/.test(asked)
    ? Math.min(Math.max(Number(asked), 1), LONGEST_PAUSE_SECONDS)
    : PAUSE_SECONDS;
}
