import { RecordingsError, type RoomSid } from '@room-recordings/core';
import { createRunShared } from '../concurrency/single-flight.ts';
import { ExpiringCache } from '../concurrency/two-generation-cache.ts';
import type { TwilioTokenConfig } from '../config/auth-config.ts';
import { serializeError } from '../logging.ts';
import { acquireOrWait } from '../twilio/resilience/call-limiter.ts';
import { shouldAlert, isOutage } from '../twilio/resilience/errors.ts';
import {
  ROOM_LOOKUP_TIMEOUT_MS,
  ROOM_LOOKUP_COOLDOWN_SECONDS,
  ENUMERATION_WINDOW_MS,
} from '../twilio/resilience/policy.ts';
import { withTransferLimits, BodyTooLargeError } from '../twilio/resilience/transfer-limits.ts';
import { fetchRoomName } from '../twilio/rooms-api.ts';
import { withUserAgent } from '../twilio/twilio-source.ts';
import { EnumerationLimiter } from './enumeration-limiter.ts';
import { quoteForLog } from './jwt-claims.ts';
import {
  tokenFingerprint,
  type AuthServices,
  forbidden,
  authUnavailable,
  type AuthFailure,
  type AuthResult,
} from './strategy.ts';

/** The unique names of rooms. */
export interface RoomNameResolver {
  /** Whether a room is known to have a name. */
  isKnownAs(roomSid: RoomSid, name: string): boolean;
  /** Whether a room has the name that a token grants, looked up where that is not known. */
  compare(roomSid: RoomSid, name: string, token: string): Promise<AuthResult>;
}

/** A room's name, null where it has none or is not there; or when it may be asked for again, in milliseconds of the monotonic clock. */
type Known = { readonly name: string | null } | { readonly retryAt: number };

/** A look-up, or the memory of one, that may fail. */
interface Looked {
  readonly name: Promise<string | null | AuthFailure>;
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
export function createRoomNameResolver(settings: TwilioTokenConfig, outside: AuthServices): RoomNameResolver {
  const { sleep, report } = outside;
  const now = outside.monotonic;
  const timed = { ...outside, now };
  const { limiter, cooldown, breaker } = outside.account;
  const fetch = withTransferLimits(withUserAgent(outside.fetch), sleep);
  const share = createRunShared<string | null | AuthFailure>(ROOM_LOOKUP_TIMEOUT_MS, timed);
  const known = new ExpiringCache<Known>();
  const budget = new EnumerationLimiter(timed);

  /** Why no room is looked up now, whoever asks; undefined where one may be. */
  function denial(): AuthFailure | undefined {
    const ms = Math.max(cooldown.retryAfterMs(now()), breaker.retryAfterMs(now()));
    return ms > 0 ? authUnavailable(ms / 1000, 'calls to Twilio are paused') : undefined;
  }

  async function lookUp(
    roomSid: RoomSid,
    wanted: string,
    caller: string,
    signal: AbortSignal,
  ): Promise<string | null | AuthFailure> {
    const call = breaker.start(now(), roomSid);
    const counted = limiter.acquire(caller, now());
    let hasFailed = false;
    // As if it were not there, so that neither the caps nor the next look-up tell the two apart.
    let [isRefused, hasFound] = [false, false];
    try {
      const name = await fetchRoomName(roomSid, settings, fetch, signal);
      isRefused = name !== wanted;
      known.set(roomSid, { name }, now() + (isRefused ? ENUMERATION_WINDOW_MS : NAME_MS));
      cooldown.recordSuccess();
      hasFound = true;
      return name;
    } catch (fault) {
      // What `fetch` itself throws is a connection that did not come about.
      hasFailed =
        isOutage(fault) || !(fault instanceof RecordingsError || fault instanceof BodyTooLargeError);
      return authUnavailable(restAfter(fault, roomSid) / 1000, 'the look-up of the room failed');
    } finally {
      counted.release(isRefused ? 'not-found' : hasFound ? 'found' : 'failed', now());
      call.record(hasFailed, now());
    }
  }

  /** Milliseconds for which a room is not looked up again: that one alone, or with it all calls to the account. */
  function restAfter(thrown: unknown, roomSid: RoomSid): number {
    const at = now();
    const fault = thrown instanceof RecordingsError ? cooldown.record(thrown, roomSid, at) : thrown;
    report({
      level: 'error',
      time: new Date(outside.now()).toISOString(),
      access: 'twilio-token',
      alarm: shouldAlert(fault) || undefined,
      room_sid: roomSid,
      ...serializeError(fault),
    });
    const paused = cooldown.retryAfterMs(at);
    if (paused > 0) return paused;
    const retryAt = at + ROOM_LOOKUP_COOLDOWN_SECONDS * 1000;
    known.set(roomSid, { retryAt }, retryAt);
    return retryAt - at;
  }

  /** First it is the caller's turn, so that it makes no difference whether the name is known. */
  async function findName(
    roomSid: RoomSid,
    wanted: string,
    caller: string,
  ): Promise<string | null | AuthFailure> {
    const never = new AbortController();
    const turn = await acquireOrWait<Looked | AuthFailure>(limiter, timed, {
      client: caller,
      signal: never.signal,
      check: denial,
      start: () => ({ name: recallOrLookUp(roomSid, wanted, caller) }),
    });
    // The same response whoever exceeds its share: 429 for one caller alone would show which rooms were looked up before.
    if ('kind' in turn) return authUnavailable(turn.retryAfterMs / 1000, TOO_MANY_CALLS);
    return 'error' in turn ? turn : turn.name;
  }

  async function recallOrLookUp(
    roomSid: RoomSid,
    wanted: string,
    caller: string,
  ): Promise<string | null | AuthFailure> {
    const found = known.get(roomSid, now());
    if (found !== undefined)
      return 'name' in found
        ? found.name
        : authUnavailable((found.retryAt - now()) / 1000, 'the look-up of the room failed before');
    const name = await share(roomSid, (signal) => lookUp(roomSid, wanted, caller, signal));
    return name === undefined
      ? authUnavailable(ROOM_LOOKUP_COOLDOWN_SECONDS, 'the look-up of the room took too long')
      : name;
  }

  return {
    isKnownAs(roomSid, name) {
      const found = known.get(roomSid, now());
      return found !== undefined && 'name' in found && found.name === name;
    },
    compare: (roomSid, wanted, token) =>
      budget.judge(token, roomSid, async () => {
        const name = await findName(roomSid, wanted, tokenFingerprint(token));
        if (name !== null && typeof name !== 'string') return name;
        if (name === wanted) return 'granted';
        return forbidden(
          `token grants room name ${quoteForLog(wanted)}, which is not the unique name of the requested room`,
        );
      }),
  };
}
