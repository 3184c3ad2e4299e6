import type { RecordingSid, RoomSid } from '@room-recordings/core';
import { UrlSignatureError, verifyUrl, type SigningKey } from '@room-recordings/core/signing';
import { ExpiringCache } from '../concurrency/two-generation-cache.ts';
import type { ReadTarget } from '../routes/router.ts';
import { parseRoomPath, type RoomPath } from '../twilio/sid.ts';
import type { AuthFailure, AuthResult, AuthStrategy, Granted } from './strategy.ts';

/** A kind of signed URL. */
export interface UrlStrategyOptions {
  /** Returns the keys that the URLs may be signed with. */
  readonly keys: () => Promise<readonly SigningKey[]>;
  /** Returns the fingerprint of the credential that a URL has, not verified; undefined if the URL is not of this kind. */
  readonly identify: (target: ReadTarget) => string | undefined;
  /** Returns whether the signature of a path above the URL's own one opens the URL. */
  readonly opensBelow: (target: ReadTarget) => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A verified URL: the resource of its path, and its result. Its members are flat, because each cache hit compares them. */
interface VerifiedUrl {
  readonly kind: RoomPath['name'];
  readonly roomSid: RoomSid;
  readonly sid: RecordingSid | undefined;
  readonly granted: Granted;
}

/** `verifyUrl` requires a complete URL. The signature covers path and query but not the origin, so any origin is correct. */
const PLACEHOLDER_ORIGIN = 'https://edge.invalid';

/**
 * Creates the strategy for one kind of signed URL. It grants the resource of the verified path only, whatever resource the router has
 * found. A path and query that were verified before cost one lookup.
 */
export function createUrlStrategy({ keys, identify, opensBelow, now }: UrlStrategyOptions): AuthStrategy {
  const cache = new ExpiringCache<VerifiedUrl>();
  return (_request, target, startedAt) => {
    const { path, search } = target;
    if (search === '') return 'no-credentials';
    const cached = cache.get(path, startedAt);
    if (cached !== undefined) return compareResource(cached, target);
    const credential = identify(target);
    if (credential === undefined) return 'no-credentials';
    return async () => {
      const accepted = await keys();
      try {
        const url = PLACEHOLDER_ORIGIN + path;
        const { expires, path: signedPath } = await verifyUrl(url, { keys: accepted, now: now() });
        const { pathname } = new URL(url);
        if (signedPath !== pathname && !opensBelow(target)) return OTHER_PARAMETERS;
        const resource = parseRoomPath(pathname);
        if (resource?.id === undefined) return OTHER_RESOURCE;
        const { name: kind, id } = resource;
        const granted = { credential, expiresAt: expires };
        const verified: VerifiedUrl = { kind, roomSid: id.roomSid, sid: id.sid, granted };
        cache.set(path, verified, expires * 1000);
        return compareResource(verified, target);
      } catch (error) {
        if (!(error instanceof UrlSignatureError)) throw error;
        return { error: error.code, reason: failureReason(error, search, accepted) };
      }
    };
  };
}

const OTHER_RESOURCE: AuthFailure = {
  error: 'signature_invalid',
  reason: 'the URL is signed for another resource',
};

const OTHER_PARAMETERS: AuthFailure = {
  error: 'signature_invalid',
  reason: 'the query has a parameter that the signature does not cover and that the route does not have',
};

function compareResource(verified: VerifiedUrl, { kind, id }: ReadTarget): AuthResult {
  const isSame = verified.sid === id.sid && verified.roomSid === id.roomSid && verified.kind === kind;
  return isSame ? verified.granted : OTHER_RESOURCE;
}

const REASONS = {
  url_expired: 'expires has passed',
  signature_invalid: 'the signature does not match the path and query, or lasts longer than a day',
} as const;

/** Describes a failure for the log without any text of the URL: its `kid` is compared with the keys and not quoted. */
function failureReason({ code }: UrlSignatureError, search: string, keys: readonly SigningKey[]): string {
  const kids = new URLSearchParams(search).getAll('kid');
  const isKnown = kids.length === 1 && keys.some(({ id }) => id === kids[0]);
  return isKnown ? REASONS[code] : 'kid is missing, repeated or not the id of a configured key';
}
