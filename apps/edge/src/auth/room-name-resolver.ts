import { RecordingsError, type RoomSid } from '@room-recordings/core';
import { createRunShared } from '../concurrency/single-flight.ts';
import { ExpiringCache } from '../concurrency/two-generation-cache.ts';
import type { TwilioTokenConfig } from '../config/auth-config.ts';
import { logEntry, serializeError } from '../logging.ts';
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
} from './strategy.ts';
import type { RoomResult } from './token-strategy.ts';

/** Compares the unique names of rooms with the names that tokens grant. */
export interface RoomNameResolver {
  /** Returns whether the cache has this name for the room. */
  isCachedAs(roomSid: RoomSid, name: string): boolean;
  /**
   * Decides whether the room has the name that a token grants. Looks the room up at Twilio if its name is not cached.
   *
   * @param requestId the request's id in the log entry of a failed lookup.
   */
  matchesName(roomSid: RoomSid, name: string, token: string, requestId: string): Promise<RoomResult>;
}

/** A request that needs the name of a room. */
interface NameRequest {
  readonly roomSid: RoomSid;
  /** The name that the token grants. */
  readonly grantedName: string;
  /** The fingerprint of the token, to which the limits of the account are assigned. */
  readonly client: string;
  readonly requestId: string;
}

/** The name of a room, null if the room has no name or does not exist; or a failure. */
type LookupResult = string | null | AuthFailure;

/** A cached name, or the end of the cooldown after a failed lookup, milliseconds of the monotonic clock. */
type CachedRoom = { readonly name: string | null } | { readonly retryAt: number };

/** A lookup that has started, or its cached result. The object keeps `acquireOrWait` from awaiting it. */
interface Lookup {
  readonly result: Promise<LookupResult>;
}

/** The lifetime of a cached name that was granted, milliseconds. Rooms do not change their name; the limit is for memory. */
const NAME_LIFETIME_MS = 86_400_000;

/** The reason in the log if the client of a lookup may not cause another call now. */
const TOO_MANY_CALLS = 'the limit of calls to Twilio is reached';

/**
 * Creates a resolver that looks up rooms at Twilio and caches their names. A lookup is shared by concurrent requests and counts against
 * the limits of the Twilio account.
 *
 * The resolver prevents room enumeration. For a room that the token does not grant, the response is the same whether the room exists
 * or not, and whether its name is cached or not: every such request passes the same limiter and counts once. A lookup that grants
 * nothing has the same cost for the account and the same cache lifetime, whatever it finds. A lookup itself can be noticed, because
 * it takes time, counts against the limits, and may fail.
 */
export function createRoomNameResolver(config: TwilioTokenConfig, services: AuthServices): RoomNameResolver {
  const { sleep, logger } = services;
  const now = services.monotonic;
  const monotonicServices = { ...services, now };
  const { limiter, cooldown, breaker } = services.account;
  const fetch = withTransferLimits(withUserAgent(services.fetch), sleep);
  const singleFlight = createRunShared<LookupResult>(ROOM_LOOKUP_TIMEOUT_MS, monotonicServices);
  const cache = new ExpiringCache<CachedRoom>();
  const enumeration = new EnumerationLimiter(monotonicServices);

  /** Returns the failure of every lookup while the account may not be called. */
  function checkAccount(): AuthFailure | undefined {
    const ms = Math.max(cooldown.retryAfterMs(now()), breaker.retryAfterMs(now()));
    return ms > 0 ? authUnavailable(ms / 1000, 'calls to Twilio are paused') : undefined;
  }

  async function lookUp(request: NameRequest, signal: AbortSignal): Promise<LookupResult> {
    const { roomSid, grantedName, client } = request;
    const call = breaker.start(now(), roomSid);
    const slot = limiter.acquire(client, now());
    let hasFailed = false;
    // A room of another name is recorded like a missing room, so that neither the limits nor the next lookup reveal the difference.
    let [isDenied, hasFound] = [false, false];
    try {
      const name = await fetchRoomName(roomSid, config, { fetch, now: services.now, signal });
      isDenied = name !== grantedName;
      cache.set(roomSid, { name }, now() + (isDenied ? ENUMERATION_WINDOW_MS : NAME_LIFETIME_MS));
      cooldown.recordSuccess();
      hasFound = true;
      return name;
    } catch (error) {
      // An error that `fetch` itself throws is a failed connection.
      hasFailed =
        isOutage(error) || !(error instanceof RecordingsError || error instanceof BodyTooLargeError);
      return authUnavailable(cooldownAfter(error, request) / 1000, 'the lookup of the room failed');
    } finally {
      slot.release(isDenied ? 'not-found' : hasFound ? 'found' : 'failed', now());
      call.record(hasFailed, now());
    }
  }

  /** Starts a cooldown, of the account or of the room alone. Returns its milliseconds. */
  function cooldownAfter(thrown: unknown, { roomSid, requestId }: NameRequest): number {
    const at = now();
    const error = thrown instanceof RecordingsError ? cooldown.record(thrown, roomSid, at) : thrown;
    const alert = shouldAlert(error) || undefined;
    const members = { request_id: requestId, alert, room_sid: roomSid, ...serializeError(error) };
    logger.write(logEntry('upstream.room_lookup_failed', services.now(), members));
    const accountCooldown = cooldown.retryAfterMs(at);
    if (accountCooldown > 0) return accountCooldown;
    const retryAt = at + ROOM_LOOKUP_COOLDOWN_SECONDS * 1000;
    cache.set(roomSid, { retryAt }, retryAt);
    return retryAt - at;
  }

  /** Waits for the client's turn before the cache is read, so that the wait does not reveal whether the name is cached. */
  async function findName(request: NameRequest): Promise<LookupResult> {
    const never = new AbortController();
    const turn = await acquireOrWait<Lookup | AuthFailure>(limiter, monotonicServices, {
      client: request.client,
      signal: never.signal,
      check: checkAccount,
      start: () => ({ result: getCachedOrLookUp(request) }),
    });
    // The same failure for every client: a 429 for the client above its share would reveal which rooms are cached.
    if ('kind' in turn) return authUnavailable(turn.retryAfterMs / 1000, TOO_MANY_CALLS);
    return 'error' in turn ? turn : turn.result;
  }

  async function getCachedOrLookUp(request: NameRequest): Promise<LookupResult> {
    const { roomSid } = request;
    const cached = cache.get(roomSid, now());
    if (cached !== undefined)
      return 'name' in cached
        ? cached.name
        : authUnavailable((cached.retryAt - now()) / 1000, 'the lookup of the room failed before');
    const result = await singleFlight(roomSid, (signal) => lookUp(request, signal));
    return result === undefined
      ? authUnavailable(ROOM_LOOKUP_COOLDOWN_SECONDS, 'the lookup of the room took too long')
      : result;
  }

  return {
    isCachedAs(roomSid, name) {
      const cached = cache.get(roomSid, now());
      return cached !== undefined && 'name' in cached && cached.name === name;
    },
    matchesName: (roomSid, grantedName, token, requestId) =>
      enumeration.run(token, roomSid, async () => {
        const client = tokenFingerprint(token);
        const name = await findName({ roomSid, grantedName, client, requestId });
        if (name !== null && typeof name !== 'string') return name;
        if (name === grantedName) return 'granted';
        return forbidden(
          `the token grants the room name ${quoteForLog(grantedName)}, which is not the unique name of the requested room`,
        );
      }),
  };
}
