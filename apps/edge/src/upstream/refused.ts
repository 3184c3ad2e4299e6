import type { Pause } from './pause.ts';
import { StillRefused } from './still-refused.ts';

/** Whether calls are paused because Twilio refused the credentials; `now` is milliseconds. */
export function isRefusedNow(pause: Pick<Pause, 'refusal'>, now: number): boolean {
  const refusal = pause.refusal(now);
  if (refusal === undefined) return false;
  return refusal instanceof StillRefused || ('error' in refusal && refusal.error === 'upstream_auth');
}
