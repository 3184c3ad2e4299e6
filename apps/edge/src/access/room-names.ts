import { RecordingsError, type RoomSid } from '@room-recordings/core';
import { describeFault } from '../fault.ts';
import { limitTransfer } from '../upstream/limits.ts';
import { LOOK_UP_MS, LOOK_UP_REST_SECONDS } from '../upstream/policy.ts';
import { isAlarming } from '../upstream/verdict.ts';
import type { AccessOutside } from './outside.ts';
import { MissBudget } from './miss-budget.ts';
import { Remembered } from './remembered.ts';
import { askForName } from './room-at-twilio.ts';
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

/** A room keeps its name: only what is kept has an end, in milliseconds. */
const NAME_MS = 86_400_000;
const MISSING_MS = 30_000;

/**
 * Looks up rooms at Twilio, each once, no more of them than the account bears beside its other calls, and few for a token that
 * names what is not there; and remembers their names.
 */
export function findRoomNames(settings: TwilioTokenSettings, outside: AccessOutside): RoomNames {
  const { now, delay, report } = outside;
  const { caps, pause } = outside.account;
  const fetch = limitTransfer(outside.fetch, delay);
  const share = shareCalls<string | null | Denial>(LOOK_UP_MS, outside);
  const known = new Remembered<{ readonly name: string | null }>();
  const budget = new MissBudget();
  let restsUntil = 0;

  /** Milliseconds until a room may be looked up; 0 for now. */
  function wait(): number {
    const at = now();
    return Math.max(pause.wait(at), restsUntil - at, caps.wait(at));
  }

  /** Remembers what was found, and rests after what went wrong. */
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
      return unavailable(restAfter(fault, roomSid) / 1000);
    } finally {
      counted.end(isMissing, now());
      endOf(isMissing);
    }
  }

  /** Milliseconds for which no room is looked up; after what is about the account nothing is asked of it meanwhile. */
  function restAfter(thrown: unknown, roomSid: RoomSid): number {
    const at = now();
    const fault = thrown instanceof RecordingsError ? pause.note(thrown, at) : thrown;
    report({
      level: 'error',
      time: new Date(at).toISOString(),
      access: 'twilio-token',
      alarm: isAlarming(fault) || undefined,
      room_sid: roomSid,
      ...describeFault(fault),
    });
    if (pause.wait(at) === 0) restsUntil = at + LOOK_UP_REST_SECONDS * 1000;
    return wait();
  }

  return {
    recall: (roomSid) => known.recall(roomSid, now())?.name,
    async find(roomSid, token) {
      const turn = budget.wait(token, now());
      if (turn > 0) return unavailable(turn / 1000);
      const name = await share(roomSid, async (signal) => {
        const ms = wait();
        return ms > 0 ? unavailable(ms / 1000) : lookUp(roomSid, token, signal);
      });
      return name === undefined ? unavailable(LOOK_UP_REST_SECONDS) : name;
    },
  };
}
