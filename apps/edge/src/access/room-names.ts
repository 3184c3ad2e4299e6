import { RecordingsError, type RoomSid } from '@room-recordings/core';
import { describeFault } from '../fault.ts';
import { limitTransfer, TooLarge } from '../upstream/limits.ts';
import { withUserAgent } from '../upstream/user-agent.ts';
import { LOOK_UP_MS, LOOK_UP_REST_SECONDS, REFUSED_MS } from '../upstream/policy.ts';
import { takeTurn } from '../upstream/turn.ts';
import { isAlarming, isOutage } from '../upstream/verdict.ts';
import { nameToken } from './credential-name.ts';
import type { AccessOutside } from './outside.ts';
import { quote } from './quote.ts';
import { RefusalBudget } from './refusal-budget.ts';
import { Remembered } from './remembered.ts';
import { askForName } from './room-at-twilio.ts';
import type { TwilioTokenSettings } from './settings.ts';
import { shareCalls } from './shared-call.ts';
import { forbidden, unavailable, type Denial, type Verdict } from './verdict.ts';

/** The unique names of rooms. */
export interface RoomNames {
  /** Whether a room is known to have a name. */
  isKnownAs(roomSid: RoomSid, name: string): boolean;
  /** Whether a room has the name that a token grants, looked up where that is not known. */
  compare(roomSid: RoomSid, name: string, token: string): Promise<Verdict>;
}

/** A room's name, null where it has none or is not there; or when it may be asked for again, in milliseconds of the monotonic clock. */
type Known = { readonly name: string | null } | { readonly retryAt: number };

/** A look-up, or the memory of one, that may fail. */
interface Looked {
  readonly name: Promise<string | null | Denial>;
}

/** The reason in the log for a look-up that its caller may not cause now. */
const TOO_MANY_CALLS = 'as many calls to Twilio are made as are allowed';

/** A room keeps its name: only what is kept has an end, in milliseconds. */
const NAME_MS = 86_400_000;

/**
 * Looks up rooms at Twilio, each once and no more of them than the account bears beside its other calls, and remembers their
 * names.
 *
 * What a token is answered about a room that it does not open is the same whether there is such a room, and whether it was
 * looked up before: each of them has to pass the token's budget and the state of the account, and costs the token the same.
 * A look-up that opens nothing costs the account the same, too, and is remembered for as long, whatever it finds. That one
 * was made can be told: it takes time, counts with the caps, and may fail.
 */
export function findRoomNames(settings: TwilioTokenSettings, outside: AccessOutside): RoomNames {
  const { delay, report } = outside;
  const now = outside.monotonic;
  const timed = { ...outside, now };
  const { limiter, pause, breaker } = outside.account;
  const fetch = limitTransfer(withUserAgent(outside.fetch), delay);
  const share = shareCalls<string | null | Denial>(LOOK_UP_MS, timed);
  const known = new Remembered<Known>();
  const budget = new RefusalBudget(timed);

  /** Why no room is looked up now, whoever asks; undefined where one may be. */
  function denial(): Denial | undefined {
    const ms = Math.max(pause.wait(now()), breaker.wait(now()));
    return ms > 0 ? unavailable(ms / 1000, 'calls to Twilio are paused') : undefined;
  }

  async function lookUp(
    roomSid: RoomSid,
    wanted: string,
    caller: string,
    signal: AbortSignal,
  ): Promise<string | null | Denial> {
    const call = breaker.begin(now(), roomSid);
    const counted = limiter.begin(caller, now());
    let hasFailed = false;
    // As if it were not there, so that neither the caps nor the next look-up tell the two apart.
    let [isRefused, hasFound] = [false, false];
    try {
      const name = await askForName(roomSid, settings, fetch, signal);
      isRefused = name !== wanted;
      known.keep(roomSid, { name }, now() + (isRefused ? REFUSED_MS : NAME_MS));
      pause.succeed();
      hasFound = true;
      return name;
    } catch (fault) {
      // What `fetch` itself throws is a connection that did not come about.
      hasFailed = isOutage(fault) || !(fault instanceof RecordingsError || fault instanceof TooLarge);
      return unavailable(restAfter(fault, roomSid) / 1000, 'the look-up of the room failed');
    } finally {
      counted.end(isRefused ? 'nothing' : hasFound ? 'something' : 'failure', now());
      call.settle(hasFailed, now());
    }
  }

  /** Milliseconds for which a room is not looked up again: that one alone, or with it all calls to the account. */
  function restAfter(thrown: unknown, roomSid: RoomSid): number {
    const at = now();
    const fault = thrown instanceof RecordingsError ? pause.note(thrown, roomSid, at) : thrown;
    report({
      level: 'error',
      time: new Date(outside.now()).toISOString(),
      access: 'twilio-token',
      alarm: isAlarming(fault) || undefined,
      room_sid: roomSid,
      ...describeFault(fault),
    });
    const paused = pause.wait(at);
    if (paused > 0) return paused;
    const retryAt = at + LOOK_UP_REST_SECONDS * 1000;
    known.keep(roomSid, { retryAt }, retryAt);
    return retryAt - at;
  }

  /** First it is the caller's turn, so that it makes no difference whether the name is known. */
  async function findName(roomSid: RoomSid, wanted: string, caller: string): Promise<string | null | Denial> {
    const never = new AbortController();
    const turn = await takeTurn<Looked | Denial>(limiter, timed, {
      caller,
      signal: never.signal,
      check: denial,
      begin: () => ({ name: recallOrLookUp(roomSid, wanted, caller) }),
    });
    // The same response whoever exceeds its share: 429 for one caller alone would show which rooms were looked up before.
    if ('kind' in turn) return unavailable(turn.ms / 1000, TOO_MANY_CALLS);
    return 'error' in turn ? turn : turn.name;
  }

  async function recallOrLookUp(
    roomSid: RoomSid,
    wanted: string,
    caller: string,
  ): Promise<string | null | Denial> {
    const found = known.recall(roomSid, now());
    if (found !== undefined)
      return 'name' in found
        ? found.name
        : unavailable((found.retryAt - now()) / 1000, 'the look-up of the room failed before');
    const name = await share(roomSid, (signal) => lookUp(roomSid, wanted, caller, signal));
    return name === undefined
      ? unavailable(LOOK_UP_REST_SECONDS, 'the look-up of the room took too long')
      : name;
  }

  return {
    isKnownAs(roomSid, name) {
      const found = known.recall(roomSid, now());
      return found !== undefined && 'name' in found && found.name === name;
    },
    compare: (roomSid, wanted, token) =>
      budget.judge(token, roomSid, async () => {
        const name = await findName(roomSid, wanted, nameToken(token));
        if (name !== null && typeof name !== 'string') return name;
        if (name === wanted) return 'granted';
        return forbidden(
          `token grants room name ${quote(wanted)}, which is not the unique name of the requested room`,
        );
      }),
  };
}
