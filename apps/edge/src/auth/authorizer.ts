import type { HeaderList } from '@room-recordings/http-cache';
import type { AuthConfig, AuthStrategyConfig } from '../config/auth-config.ts';
import type { GetRemoteAddress } from '../http/client-address.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import type { HttpRequest } from '../http/types.ts';
import { serializeError } from '../logging.ts';
import type { RecordingTarget } from '../routes/router.ts';
import { jwtStrategy } from './jwt.ts';
import { signedUrlStrategy } from './signed-url.ts';
import {
  type AuthServices,
  isGranted,
  authUnavailable,
  type AuthFailure,
  type Granted,
  type AuthAttempt,
  type AuthResult,
  type AuthStrategy,
} from './strategy.ts';
import { twilioTokenStrategy } from './twilio-token.ts';

/** Why the sender of a request may not read a recording. */
export interface AccessDenied {
  readonly error: ErrorCode;
  /** Fields of the answer. */
  readonly fields: HeaderList;
}

/** What a gate says: why not, or the credential that lets in; undefined where nobody needs one. */
export type AccessDecision = AccessDenied | Granted | undefined;

/**
 * Decides who may read, before anything is looked up, and at once where it can.
 *
 * @param now milliseconds since 1970.
 * @param requestId names the request in the log entries about it.
 */
export type Authorize = (
  asked: HttpRequest,
  target: RecordingTarget,
  now: number,
  requestId: string,
  peerAddress?: GetRemoteAddress,
) => AccessDecision | Promise<AccessDecision>;

const CHALLENGE = 'Bearer realm="room-recordings"';

/** The refusal of a request without any credential, and the reason for the log. */
interface AbsentRefusal extends AccessDenied {
  readonly reason: string;
}

/** For a request that presented no token, where one would have helped. */
export const TOKEN_MISSING: AbsentRefusal = {
  error: 'token_missing',
  fields: [['www-authenticate', CHALLENGE]],
  reason: 'the request has no credential of a kind that ACCESS names',
};

/** For a URL without a signature, where nothing else would have helped. */
const SIGNATURE_MISSING: AbsentRefusal = {
  error: 'signature_invalid',
  fields: [],
  reason: 'the URL has no kid, expires or signature',
};

/** The fields of a refusal of a decision that would have to wait. */
const WAIT_FIELDS: HeaderList = [['retry-after', '1']];

/** Of several denials the most telling one is said: first what may change by itself, last what was no credential at all. */
const TELLING: readonly AuthFailure['error'][] = [
  'auth_unavailable',
  'forbidden',
  'token_expired',
  'url_expired',
  'token_invalid',
  'signature_invalid',
];

/** Seconds that a reader is asked to wait where a way failed. */
const FAILED_SECONDS = 5;

/** The denial of a way that failed. */
const FAILED: AuthFailure = authUnavailable(FAILED_SECONDS, 'the check failed');

/** A way that never throws. */
type SteadyWay = (asked: HttpRequest, target: RecordingTarget, now: number, requestId: string) => AuthAttempt;

/** A gate that opens to whom one of the ways grants it; `whenAbsent` is for a request that presented nothing. */
export function createAuthorize(
  ways: readonly AuthStrategy[],
  whenAbsent: AbsentRefusal,
  outside: Pick<AuthServices, 'now' | 'wants' | 'report' | 'refuseWait'>,
): Authorize {
  const steady = ways.map((way) => steadyWay(way, outside));
  const refuse = (requestId: string, denials: readonly AuthFailure[]): AccessDenied => {
    if (outside.wants?.('debug') === false) return refusalOf(denials, whenAbsent);
    for (const denial of denials.length === 0 ? [whenAbsent] : denials) {
      // That has an entry of its own, at `error`.
      if (denial === FAILED) continue;
      const { error, reason } = denial;
      outside.report({
        level: 'debug',
        time: new Date(outside.now()).toISOString(),
        request_id: requestId,
        access: error,
        reason,
      });
    }
    return refusalOf(denials, whenAbsent);
  };
  return (asked, target, now, requestId, peerAddress) => {
    const denials: AuthFailure[] = [];
    const open: (() => Promise<AuthResult>)[] = [];
    for (const way of steady) {
      const opinion = way(asked, target, now, requestId);
      if (typeof opinion === 'function') open.push(opinion);
      else if (isGranted(opinion)) return enter(opinion);
      else if (opinion !== 'absent') denials.push(opinion);
    }
    if (open.length === 0) return refuse(requestId, denials);
    const refused = outside.refuseWait?.(asked, peerAddress);
    if (refused !== undefined) return { error: refused, fields: WAIT_FIELDS };
    return decideLater(open, denials, (all) => refuse(requestId, all));
  };
}

/** A way whose fault is a denial of its own: no credential that one of them stumbles over closes the others. */
function steadyWay(way: AuthStrategy, { now, report }: Pick<AuthServices, 'now' | 'report'>): SteadyWay {
  const fail = (fault: unknown, requestId: string): AuthFailure => {
    report({
      level: 'error',
      time: new Date(now()).toISOString(),
      request_id: requestId,
      access: 'failed',
      ...serializeError(fault),
    });
    return FAILED;
  };
  return (asked, target, at, requestId) => {
    try {
      const opinion = way(asked, target, at);
      return typeof opinion === 'function'
        ? () => opinion().catch((fault: unknown) => fail(fault, requestId))
        : opinion;
    } catch (fault) {
      return fail(fault, requestId);
    }
  };
}

/** One after the other, so that what the first one grants costs the second one nothing. */
async function decideLater(
  open: readonly (() => Promise<AuthResult>)[],
  known: readonly AuthFailure[],
  refuse: (denials: readonly AuthFailure[]) => AccessDenied,
): Promise<AccessDecision> {
  const denials = [...known];
  for (const decide of open) {
    const verdict = await decide();
    if (isGranted(verdict)) return enter(verdict);
    if (verdict !== 'absent') denials.push(verdict);
  }
  return refuse(denials);
}

/** A way may let in without a credential of its own. */
function enter(verdict: 'granted' | Granted): Granted | undefined {
  return verdict === 'granted' ? undefined : verdict;
}

function refusalOf(denials: readonly AuthFailure[], whenAbsent: AccessDenied): AccessDenied {
  const error = TELLING.find((telling) => denials.some((denial) => denial.error === telling));
  const denial = denials.find((other) => other.error === error);
  const { fields } = whenAbsent;
  return denial === undefined
    ? { error: whenAbsent.error, fields }
    : { error: denial.error, fields: fieldsOf(denial) };
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function fieldsOf({ error, retryAfter }: AuthFailure): HeaderList {
  if (error === 'token_invalid' || error === 'token_expired') {
    return [['www-authenticate', `${CHALLENGE}, error="invalid_token"`]];
  }
  return retryAfter === undefined ? [] : [['retry-after', String(retryAfter)]];
}

/** The gate of the configured access. */
export function authorizeFromConfig(access: AuthConfig, outside: AuthServices): Authorize {
  if (access === 'public') return () => undefined;
  const takesToken = access.some(({ name }) => name !== 'signed-url');
  return createAuthorize(
    access.map((settings) => openWay(settings, outside)),
    takesToken ? TOKEN_MISSING : SIGNATURE_MISSING,
    outside,
  );
}

function openWay(settings: AuthStrategyConfig, outside: AuthServices): AuthStrategy {
  switch (settings.name) {
    case 'twilio-token':
      return twilioTokenStrategy(settings, outside);
    case 'jwt':
      return jwtStrategy(settings, outside);
    case 'signed-url':
      return signedUrlStrategy(settings, outside.now);
    default:
      return settings satisfies never;
  }
}
