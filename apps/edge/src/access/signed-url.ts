import { UrlSignatureError, verifyRecordingUrl } from '@room-recordings/core/signing';
import { Remembered } from './remembered.ts';
import type { SignedUrlSettings } from './settings.ts';
import type { Way } from './verdict.ts';

/** What only a signed URL has. */
const PRESENTED = /[?&](?:kid|expires|signature)=/;

/** Access by a URL that the operator's backend signed. The signature covers the path, and so the recording. */
export function signedUrlWay(settings: SignedUrlSettings, now: () => number): Way {
  const verified = new Remembered<true>();
  const keys = settings.keys();
  return ({ url }, _id, at) => {
    if (!url.includes('?')) return 'absent';
    if (verified.recall(url, at)) return 'granted';
    if (!PRESENTED.test(url)) return 'absent';
    return async () => {
      try {
        const { expires } = await verifyRecordingUrl(url, { keys, now: now() });
        verified.keep(url, true, expires * 1000);
        return 'granted';
      } catch (fault) {
        return { error: fault instanceof UrlSignatureError ? fault.code : 'signature_invalid' };
      }
    };
  };
}
