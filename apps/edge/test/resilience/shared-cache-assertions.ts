import { equal } from '@room-recordings/testing/cases';
import { expectFailure, expectRecording, linesAboutSource } from './response-assertions.ts';
import { coveredBy } from './recovery-assertions.ts';
import type { Failure } from './fault.ts';
import type { Situation } from './scenario.ts';
import { FRESH, FRESH_SECONDS, NOTHING, PAST } from './cache-state.ts';

/** Of an isolate that has to ask, and whose source is out of order. */
const DOWN: Failure = { status: 502, error: 'upstream_error' };

/**
 * Expects of the Cache API, where there is one, what the fault has left in it: another isolate finds there what is stale as
 * long as it may be served, what has just been read, and nothing of what was evicted.
 */
export async function expectShared(situation: Situation): Promise<void> {
  const { row, state, world, etag } = situation;
  if (!world.hasCacheApi) return;
  await world.settle();
  const { effect, lifetime = FRESH_SECONDS } = row;
  const hasFailed = effect === 'covered' || (effect === 'open' && linesAboutSource(world).length > 0);
  const came = await world.askNeighbour();
  if (state === FRESH) {
    expectRecording(came, 'GET', new RegExp(`^room-recordings; hit; ttl=${FRESH_SECONDS - 10}$`));
  } else if (effect === 'evicts' || effect === 'auth' || (hasFailed && state === NOTHING)) {
    expectFailure(came, 'GET', DOWN, 'room-recordings; fwd=uri-miss; fwd-status=502');
    return;
  } else if (!hasFailed) {
    // The time that a call took counts as age.
    const ttl = `(?:${lifetime}|${lifetime - 1})`;
    expectRecording(came, 'GET', new RegExp(`^room-recordings; hit; ttl=${ttl}$`));
  } else if (state === PAST) {
    expectRecording(came, 'GET', coveredBy(DOWN));
  } else {
    expectRecording(came, 'GET', /^room-recordings; hit; ttl=-\d+; detail=stale-while-revalidate$/);
  }
  if (hasFailed || state === FRESH) equal(came.headers.get('etag'), etag, 'ETag of what is shared');
  await world.settle();
}
