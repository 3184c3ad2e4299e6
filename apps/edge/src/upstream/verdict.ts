import { RecordingsError } from '@room-recordings/core';
import { SAFE_TO_REPEAT } from './policy.ts';
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
