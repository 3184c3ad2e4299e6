import type { RecordingRef } from '@room-recordings/core';
import { UrlSignatureError, verifyUrl, type SigningKey } from '@room-recordings/core/signing';
import { ExpiringCache } from '../concurrency/two-generation-cache.ts';
import type { SignedUrlConfig } from '../config/auth-config.ts';
import { parseRoomPath, type RoomRef } from '../twilio/sid.ts';
import {
  signedUrlFingerprint,
  type AuthFailure,
  type Granted,
  type AuthResult,
  type AuthStrategy,
} from './strategy.ts';

/** Query parameters that only signed URLs have. */
const SIGNATURE_PARAMETER = /[?&](?:kid|expires|signature)=/;

/** `verifyUrl` requires a complete URL. The signature covers path and query but not the origin, so any origin is correct. */
const PLACEHOLDER_ORIGIN = 'https://edge.invalid';

/** A verified URL: the recording of its path, and its result. */
interface VerifiedUrl {
  readonly id: RecordingRef;
  readonly granted: Granted;
}

/**
 * Creates the strategy for URLs that the operator's backend signed. The signature covers path and query. It grants the recording of
 * the verified path only, whatever recording the router has found. A path and query that were verified before cost one lookup.
 *
 * @param now milliseconds since 1970.
 */
export function createSignedUrlStrategy(config: SignedUrlConfig, now: () => number): AuthStrategy {
  const cache = new ExpiringCache<VerifiedUrl>();
  const keys = config.keys();
  return (_request, { id, path, search }, startedAt) => {
    if (search === '') return 'no-credentials';
    const cached = cache.get(path, startedAt);
    if (cached !== undefined) return compareRecording(cached, id);
    if (!SIGNATURE_PARAMETER.test(search)) return 'no-credentials';
    return async () => {
      try {
        const url = PLACEHOLDER_ORIGIN + path;
        const { expires, path: signedPath } = await verifyUrl(url, { keys, now: now() });
        const verifiedPath = parseRoomPath(signedPath);
        if (verifiedPath?.name !== 'recording' || verifiedPath.id === undefined) return OTHER_RECORDING;
        const verifiedId = verifiedPath.id;
        const verified = { id: verifiedId, granted: { credential: signedUrlFingerprint(url) } };
        cache.set(path, verified, expires * 1000);
        return compareRecording(verified, id);
      } catch (error) {
        if (!(error instanceof UrlSignatureError)) throw error;
        return { error: error.code, reason: failureReason(error, search, keys) };
      }
    };
  };
}

const OTHER_RECORDING: AuthFailure = {
  error: 'signature_invalid',
  reason: 'the URL is signed for another recording',
};

function compareRecording({ id, granted }: VerifiedUrl, requested: RecordingRef | RoomRef): AuthResult {
  return id.roomSid === requested.roomSid && id.sid === requested.sid ? granted : OTHER_RECORDING;
}

const REASONS = {
  url_expired: 'expires has passed',
  signature_invalid: 'the signature does not match the path and query, or lasts longer than a day',
} as const;

/** Describes a failure for the log without any text of the URL: its `kid` is compared with the keys and not quoted. */
function failureReason({ code }: UrlSignatureError, search: string, keys: readonly SigningKey[]): string {
  const kids = new URLSearchParams(search).getAll('kid');
  const isKnown = kids.length === 1 && keys.some(({ id }) => id === kids[0]);
  return isKnown ? REASONS[code] : 'kid is missing, repeated or not in URL_SIGNING_KEYS';
}
