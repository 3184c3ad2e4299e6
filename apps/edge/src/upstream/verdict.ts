import { RecordingsError } from '@room-recordings/core';
import { ACCOUNT_REFUSED, SAFE_TO_REPEAT } from './policy.ts';
import { StillRefused } from './still-refused.ts';
import { isTlsFault } from './tls-fault.ts';

/** Whether a fault says that the source is in trouble; one that says something of the request or the account does not. */
export function countsAsFailure(fault: unknown): boolean {
  const status = fault instanceof RecordingsError ? fault.status : undefined;
  const isRefusal = status !== undefined && status >= 400 && status < 500;
  return !isRefusal || status === 408 || status === 429;
}

/** Whether the same read may go better: not where an answer had begun, said when to come back, or TLS failed. */
export function isWorthRepeating(fault: unknown): boolean {
  if (!(fault instanceof RecordingsError)) return false;
  const { code, status, retryAfter } = fault;
  if (status !== undefined) return SAFE_TO_REPEAT.has(status) && retryAfter === undefined;
  return code === 'timeout' || (code === 'network' && !isTlsFault(fault));
}

/** Whether the credentials were refused: Twilio says 403 also to an account that asked too much, whose credentials are good. */
export function isRefusal({ code, twilioCode }: RecordingsError): boolean {
  return twilioCode !== ACCOUNT_REFUSED && (code === 'unauthorized' || code === 'forbidden');
}

/** Whether it is worth waking an operator for: someone is at work, or should be. Of refusals the first one alone is. */
export function isAlarming(fault: unknown): boolean {
  if (!(fault instanceof RecordingsError) || fault instanceof StillRefused) return false;
  return fault.code === 'mismatch' || isRefusal(fault);
}
