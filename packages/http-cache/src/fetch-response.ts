import type { FetchResult, FetchContext } from './fetch-and-store.ts';
import { NotForwardedError } from './origin-request.ts';
import { currentAge, isWithinStaleIfError, isWithinStaleWhileRevalidate } from './policy/freshness.ts';
import { matchesVary } from './policy/vary.ts';
import {
  type CacheStatusParams,
  fetchedResponse,
  hitResponse,
  uncachedResponse,
  toResponse,
  type ResponseOptions,
} from './respond.ts';

/**
 * Answers the one whose call it was.
 *
 * @throws what the call failed with, where nothing stale may be served instead.
 */
export function respondToLeader(
  respondent: ResponseOptions,
  situation: FetchContext,
  outcome: FetchResult,
): Response {
  const { request } = situation;
  const fwd = nameReason(situation);
  if (outcome.kind === 'passed') {
    return uncachedResponse(respondent, outcome, request.method, { fwd, fwdStatus: outcome.status });
  }
  if (outcome.kind === 'stored') {
    const handling = { fwd, fwdStatus: outcome.status, stored: true };
    return toResponse(fetchedResponse(respondent, outcome.whole, request, handling));
  }
  const stale = answerStale(respondent, situation, outcome.error, { fwdStatus: outcome.status });
  if (stale === undefined) throw outcome.error;
  return stale;
}

/** Answers one who waited for the call of another (RFC 9111 §4); undefined where it brought nothing to share. */
export function respondToFollower(
  respondent: ResponseOptions,
  situation: FetchContext,
  outcome: FetchResult,
): Response | undefined {
  if (outcome.kind === 'passed') return undefined;
  if (outcome.kind === 'failed')
    return answerStale(respondent, situation, outcome.error, { collapsed: true });
  const { stored } = outcome;
  const { request } = situation;
  // Of an origin slower than its own lifetime: what would be served stale, to one who asks now, serves who has waited.
  const isUsable = isWithinStaleWhileRevalidate(stored, currentAge(stored, respondent.now()));
  if (!isUsable || !matchesVary(stored, request.headers)) return undefined;
  const handling = { fwd: nameReason(situation), collapsed: true };
  return toResponse(fetchedResponse(respondent, stored, request, handling));
}

/** Serves what is stale where nothing came (RFC 5861 §4); undefined where it is too old for that, or nothing is stored. */
function answerStale(
  respondent: ResponseOptions,
  { stored, request }: FetchContext,
  error: unknown,
  handling: CacheStatusParams,
): Response | undefined {
  if (stored === undefined) return undefined;
  const moment = respondent.now();
  const age = currentAge(stored, moment);
  const isInstead = isWithinStaleIfError(stored, age);
  // What was not sent on is no fault of the origin's, and is answered as a hit (RFC 9211 §2.1).
  if (error instanceof NotForwardedError && (isInstead || isWithinStaleWhileRevalidate(stored, age))) {
    return toResponse(hitResponse(respondent, stored, age, request, moment, error.detail));
  }
  const said: CacheStatusParams = { fwd: 'stale', ...handling, detail: 'stale-if-error' };
  return isInstead ? toResponse(fetchedResponse(respondent, stored, request, said)) : undefined;
}

function nameReason({ stored, entry }: FetchContext): 'stale' | 'vary-miss' | 'uri-miss' {
  if (stored !== undefined) return 'stale';
  return entry === undefined ? 'uri-miss' : 'vary-miss';
}
