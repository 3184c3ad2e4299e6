import { UrlSignatureError, verifyRecordingUrl, type SigningKey } from '@room-recordings/core/signing';
import { Remembered } from './remembered.ts';
import type { SignedUrlSettings } from './settings.ts';
import type { Way } from './verdict.ts';

/** What only a signed URL has. */
const PRESENTED = /[?&](?:kid|expires|signature)=/;

const REASONS = {
  url_expired: 'expires has passed',
  signature_invalid: 'the signature is not that of this path and query, or is for longer than a day',
} as const;

/** Of what was presented the reason repeats nothing: its kid is compared, and not quoted. */
function reasonOf({ code }: UrlSignatureError, url: string, keys: readonly SigningKey[]): string {
  const kids = new URLSearchParams(url.slice(url.indexOf('?'))).getAll('kid');
  const isKnown = kids.length === 1 && keys.some(({ id }) => id === kids[0]);
  return isKnown ? REASONS[code] : 'kid is missing, doubled or not one of URL_SIGNING_KEYS';
}

/** Where an origin's host begins at the earliest: the path is what begins with the first slash behind it. */
const BEHIND_SCHEME = 'http://x'.length;

/**
 * Access by a URL that the operator's backend signed. The signature covers the path, and so the recording; it covers neither
 * the origin nor a fragment. A URL that was verified before is a single look-up, by path and query. Only in their plain
 * spelling are those remembered: one good URL has any number of others, with dot segments or a fragment.
 */
export function signedUrlWay(settings: SignedUrlSettings, now: () => number): Way {
  const verified = new Remembered<true>();
  const keys = settings.keys();
  return ({ url }, _id, at) => {
    if (!url.includes('?')) return 'absent';
    const target = url.slice(url.indexOf('/', BEHIND_SCHEME));
    if (verified.recall(target, at)) return 'granted';
    if (!PRESENTED.test(url)) return 'absent';
    return async () => {
      try {
        const { expires } = await verifyRecordingUrl(url, { keys, now: now() });
        const { pathname, search } = new URL(url);
        if (pathname + search === target) verified.keep(target, true, expires * 1000);
        return 'granted';
      } catch (fault) {
        if (!(fault instanceof UrlSignatureError)) throw fault;
        return { error: fault.code, reason: reasonOf(fault, url, keys) };
      }
    };
  };
}
