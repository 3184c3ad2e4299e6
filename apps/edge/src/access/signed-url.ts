import { UrlSignatureError, verifyRecordingUrl } from '@room-recordings/core/signing';
import { nameSignedUrl } from './credential-name.ts';
import { Remembered } from './remembered.ts';
import type { SignedUrlSettings } from './settings.ts';
import type { Granted, Way } from './verdict.ts';

/** What only a signed URL has. */
const PRESENTED = /[?&](?:kid|expires|signature)=/;

/** Where an origin's host begins at the earliest: the path is what begins with the first slash behind it. */
const BEHIND_SCHEME = 'http://x'.length;

/**
 * Access by a URL that the operator's backend signed. The signature covers the path, and so the recording; it covers neither
 * the origin nor a fragment. A URL that was verified before is a single look-up, by path and query. Only in their plain
 * spelling are those remembered: one good URL has any number of others, with dot segments or a fragment.
 */
export function signedUrlWay(settings: SignedUrlSettings, now: () => number): Way {
  const verified = new Remembered<Granted>();
  const keys = settings.keys();
  return ({ url }, _id, at) => {
    if (!url.includes('?')) return 'absent';
    const target = url.slice(url.indexOf('/', BEHIND_SCHEME));
    const known = verified.recall(target, at);
    if (known !== undefined) return known;
    if (!PRESENTED.test(url)) return 'absent';
    return async () => {
      try {
        const { expires } = await verifyRecordingUrl(url, { keys, now: now() });
        const granted = { credential: nameSignedUrl(url) };
        const { pathname, search } = new URL(url);
        if (pathname + search === target) verified.keep(target, granted, expires * 1000);
        return granted;
      } catch (fault) {
        if (!(fault instanceof UrlSignatureError)) throw fault;
        return { error: fault.code };
      }
    };
  };
}
