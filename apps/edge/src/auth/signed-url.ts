import { UrlSignatureError, verifyRecordingUrl, type SigningKey } from '@room-recordings/core/signing';
import { ExpiringCache } from '../concurrency/two-generation-cache.ts';
import type { SignedUrlConfig } from '../config/auth-config.ts';
import type { RecordingRef } from '@room-recordings/core';
import { parseRecordingPath } from '../twilio/sid.ts';
import {
  signedUrlFingerprint,
  type AuthFailure,
  type Granted,
  type AuthResult,
  type AuthStrategy,
} from './strategy.ts';

/** What only a signed URL has. */
const PRESENTED = /[?&](?:kid|expires|signature)=/;

/** A signature covers path and query but not the origin, so any origin makes a URL of them. */
const ANY_ORIGIN = 'https://edge.invalid';

/** A verified URL: the recording that it opens, and the credential that it is. */
interface Opened {
  readonly id: RecordingRef;
  readonly granted: Granted;
}

const REASONS = {
  url_expired: 'expires has passed',
  signature_invalid: 'the signature is not that of this path and query, or is for longer than a day',
} as const;

const OTHER_RECORDING: AuthFailure = {
  error: 'signature_invalid',
  reason: 'the URL is that of another recording',
};

/** The reason repeats nothing of the URL: its kid is compared, and not quoted. */
function reasonOf({ code }: UrlSignatureError, search: string, keys: readonly SigningKey[]): string {
  const kids = new URLSearchParams(search).getAll('kid');
  const isKnown = kids.length === 1 && keys.some(({ id }) => id === kids[0]);
  return isKnown ? REASONS[code] : 'kid is missing, doubled or not one of URL_SIGNING_KEYS';
}

/**
 * Access by a URL that the operator's backend signed. The signature covers path and query; it opens the recording that the
 * verified path names, and no other, whatever else the request says.
 *
 * A path and query that were verified before cost one look-up.
 */
export function signedUrlStrategy(settings: SignedUrlConfig, now: () => number): AuthStrategy {
  const verified = new ExpiringCache<Opened>();
  const keys = settings.keys();
  return (_asked, { id, path, search }, at) => {
    if (search === '') return 'absent';
    const known = verified.get(path, at);
    if (known !== undefined) return judge(known, id);
    if (!PRESENTED.test(search)) return 'absent';
    return async () => {
      try {
        const url = ANY_ORIGIN + path;
        const { expires } = await verifyRecordingUrl(url, { keys, now: now() });
        const opened = parseRecordingPath(new URL(url).pathname)?.id;
        if (opened === undefined) return OTHER_RECORDING;
        const known = { id: opened, granted: { credential: signedUrlFingerprint(url) } };
        verified.set(path, known, expires * 1000);
        return judge(known, id);
      } catch (fault) {
        if (!(fault instanceof UrlSignatureError)) throw fault;
        return { error: fault.code, reason: reasonOf(fault, search, keys) };
      }
    };
  };
}

function judge({ id, granted }: Opened, asked: RecordingRef): AuthResult {
  return id.roomSid === asked.roomSid && id.sid === asked.sid ? granted : OTHER_RECORDING;
}
