import { errors } from 'jose';
import { TOKEN_EXPIRED, invalidToken, type AuthFailure } from '../auth/strategy.ts';

/**
 * The denial that a token deserves whose verification failed.
 *
 * @throws the fault itself where it is none of the token's: the runtime lacks the algorithm, or cannot use the key, and so
 * nothing is known of the token. jose takes a `verify` that throws for a bad signature, which it answers with false.
 */
export function toAuthFailure(fault: unknown): AuthFailure {
  if (fault instanceof errors.JWTExpired) return TOKEN_EXPIRED;
  if (!(fault instanceof errors.JOSEError)) throw fault;
  if (fault instanceof errors.JWSSignatureVerificationFailed && fault.cause instanceof Error)
    throw fault.cause;
  // Which claim it was is ours: one of those that the settings ask for.
  const claim = fault instanceof errors.JWTClaimValidationFailed ? ` ${fault.claim}` : '';
  return invalidToken(fault.code + claim);
}
