import type { HeaderList } from '@room-recordings/http-cache';
import type { AuthStrategyConfig } from '../config/auth-config.ts';
import type { MediaSigningKeys } from '../config/media-config.ts';
import type { GetRemoteAddress } from '../http/client-address.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import type { HttpRequest } from '../http/types.ts';
import { logEntry, serializeError } from '../logging.ts';
import type { ReadTarget } from '../routes/router.ts';
import { createJwtStrategy } from './jwt.ts';
import { createMediaUrlStrategy, createSignedUrlStrategy } from './signed-url.ts';
import {
  type AuthServices,
  isGranted,
  authUnavailable,
  type AuthFailure,
  type Granted,
  type AuthAttempt,
  type PendingAuth,
  type AuthStrategy,
} from './strategy.ts';
import { createTwilioTokenStrategy } from './twilio-token.ts';

/**
 * Decides whether a client may read a resource, before the cache or the source is read. The decision is synchronous if no strategy
 * needs a wait.
 *
 * @param now milliseconds since 1970.
 * @param requestId the request's id in log entries.
 */
export type Authorize = (
  request: HttpRequest,
  target: ReadTarget,
  now: number,
  requestId: string,
  getRemoteAddress?: GetRemoteAddress,
) => AccessDecision | Promise<AccessDecision>;

/** The error response, or the credential that grants access; undefined if no credential is required. */
export type AccessDecision = AccessDenied | Granted | undefined;

/** The error response to a client that may not read a resource. */
export interface AccessDenied {
  readonly error: ErrorCode;
  /** Headers of the response. */
  readonly headers: HeaderList;
}

/**
 * Creates the authorizer of the configured strategies. Media is also granted to the media URLs that this edge signed, whatever the
 * strategies are.
 *
 * @param mediaSigningKeys undefined if the edge signs no media URLs.
 */
export function createAuthorizer(
  config: readonly AuthStrategyConfig[],
  mediaSigningKeys: MediaSigningKeys | undefined,
  services: AuthServices,
): Authorize {
  const acceptsTokens = config.some(({ name }) => name !== 'signed-url');
  const missingCredentials = acceptsTokens ? TOKEN_MISSING : SIGNATURE_MISSING;
  const strategies = config.map((strategy) => createStrategy(strategy, services));
  const authorize = combineStrategies(strategies, missingCredentials, services);
  if (mediaSigningKeys === undefined) return authorize;
  const mediaUrls = createMediaUrlStrategy(mediaSigningKeys, services.now);
  const authorizeMedia = combineStrategies([mediaUrls, ...strategies], missingCredentials, services);
  return (request, target, now, requestId, getRemoteAddress) =>
    target.kind === 'media'
      ? authorizeMedia(request, target, now, requestId, getRemoteAddress)
      : authorize(request, target, now, requestId, getRemoteAddress);
}

function createStrategy(config: AuthStrategyConfig, services: AuthServices): AuthStrategy {
  switch (config.name) {
    case 'twilio-token':
      return createTwilioTokenStrategy(config, services);
    case 'jwt':
      return createJwtStrategy(config, services);
    case 'signed-url':
      return createSignedUrlStrategy(config, services.now);
    default:
      return config satisfies never;
  }
}

const BEARER_CHALLENGE = 'Bearer realm="room-recordings"';

/** The error response to a request without a credential, and the reason for the log. */
interface MissingCredentials extends AccessDenied {
  readonly reason: string;
}

/** The response to a request without a credential if a strategy accepts tokens. */
export const TOKEN_MISSING: MissingCredentials = {
  error: 'token_missing',
  headers: [['www-authenticate', BEARER_CHALLENGE]],
  reason: 'the request does not have a credential for a strategy of ACCESS',
};

/** The response to a URL without a signature if signed URLs are the only strategy. */
const SIGNATURE_MISSING: MissingCredentials = {
  error: 'signature_invalid',
  headers: [],
  reason: 'the URL does not have kid, expires and signature',
};

/** Headers of the response to a request that may not wait for a decision. */
const PENDING_LIMIT_HEADERS: HeaderList = [['retry-after', '1']];

/** Retry-After of the response if a strategy throws, seconds. */
const STRATEGY_ERROR_RETRY_AFTER_SECONDS = 5;

const STRATEGY_ERROR: AuthFailure = authUnavailable(STRATEGY_ERROR_RETRY_AFTER_SECONDS, 'the check failed');

/** The order in which one failure is selected from several: temporary failures first, invalid credentials last. */
const FAILURE_PRECEDENCE: readonly AuthFailure['error'][] = [
  'auth_unavailable',
  'forbidden',
  'token_expired',
  'url_expired',
  'token_invalid',
  'signature_invalid',
];

/**
 * Creates an authorizer that grants access if one of its strategies grants it.
 *
 * @param missingCredentials the response to a request without a credential of any strategy.
 */
export function combineStrategies(
  strategies: readonly AuthStrategy[],
  missingCredentials: MissingCredentials,
  services: Pick<AuthServices, 'now' | 'logger' | 'checkPendingLimit'>,
): Authorize {
  const guarded = strategies.map((strategy) => guardStrategy(strategy, services));
  const deny = (requestId: string, failures: readonly AuthFailure[]): AccessDenied => {
    if (!services.logger.wants('debug')) return toAccessDenied(failures, missingCredentials);
    for (const failure of failures.length === 0 ? [missingCredentials] : failures) {
      // guardStrategy has logged this failure at level `error`.
      if (failure === STRATEGY_ERROR) continue;
      const { error, reason } = failure;
      const members = { request_id: requestId, code: error, reason };
      services.logger.write(logEntry('auth.denied', services.now(), members));
    }
    return toAccessDenied(failures, missingCredentials);
  };
  return (request, target, now, requestId, getRemoteAddress) => {
    const failures: AuthFailure[] = [];
    const pending: PendingAuth[] = [];
    for (const strategy of guarded) {
      const attempt = strategy(request, target, now, requestId);
      if (typeof attempt === 'function') pending.push(attempt);
      else if (isGranted(attempt)) return attempt;
      else if (attempt !== 'no-credentials') failures.push(attempt);
    }
    if (pending.length === 0) return deny(requestId, failures);
    const error = services.checkPendingLimit?.(request, getRemoteAddress);
    if (error !== undefined) return { error, headers: PENDING_LIMIT_HEADERS };
    return authorizeAsync(pending, failures, requestId, (all) => deny(requestId, all));
  };
}

/** A strategy that does not throw. */
type GuardedStrategy = (
  request: HttpRequest,
  target: ReadTarget,
  now: number,
  requestId: string,
) => AuthAttempt;

/** Converts an error of a strategy to a failure, so that the other strategies can still grant access. */
function guardStrategy(
  strategy: AuthStrategy,
  { now: readClock, logger }: Pick<AuthServices, 'now' | 'logger'>,
): GuardedStrategy {
  const fail = (error: unknown, requestId: string): AuthFailure => {
    const members = { request_id: requestId, ...serializeError(error) };
    logger.write(logEntry('auth.strategy_failed', readClock(), members));
    return STRATEGY_ERROR;
  };
  return (request, target, now, requestId) => {
    try {
      const attempt = strategy(request, target, now);
      return typeof attempt === 'function'
        ? () => attempt(requestId).catch((error: unknown) => fail(error, requestId))
        : attempt;
    } catch (error) {
      return fail(error, requestId);
    }
  };
}

/** Runs pending strategies one after the other, so that a strategy makes no calls if an earlier one grants access. */
async function authorizeAsync(
  pending: readonly PendingAuth[],
  knownFailures: readonly AuthFailure[],
  requestId: string,
  deny: (failures: readonly AuthFailure[]) => AccessDenied,
): Promise<AccessDecision> {
  const failures = [...knownFailures];
  for (const decide of pending) {
    const result = await decide(requestId);
    if (isGranted(result)) return result;
    if (result !== 'no-credentials') failures.push(result);
  }
  return deny(failures);
}

function toAccessDenied(
  failures: readonly AuthFailure[],
  { error: missing, headers }: MissingCredentials,
): AccessDenied {
  const error = FAILURE_PRECEDENCE.find((code) => failures.some((failure) => failure.error === code));
  const failure = failures.find((other) => other.error === error);
  return failure === undefined
    ? { error: missing, headers }
    : { error: failure.error, headers: failureHeaders(failure) };
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function failureHeaders({ error, retryAfter }: AuthFailure): HeaderList {
  if (error === 'token_invalid' || error === 'token_expired') {
    return [['www-authenticate', `${BEARER_CHALLENGE}, error="invalid_token"`]];
  }
  return retryAfter === undefined ? [] : [['retry-after', String(retryAfter)]];
}
