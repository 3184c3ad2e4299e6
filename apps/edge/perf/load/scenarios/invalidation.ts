import { FAKE_CLOCK_RUNTIME, type Measurement } from '../measurement.ts';
import { createTwilioResponse, createBarrier, createLoadEdge } from '../in-process.ts';
import { toRecordingPath, serializeRecording, parseVersion } from '../recordings.ts';

/** The pending fetch when a key is purged: a cache miss, or the refresh of a stale response. */
type PendingFetch = 'miss' | 'refresh';

/** Measures whether the response of a fetch that was pending during a purge is served to later requests. */
export async function measureInvalidation(keys = 200): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const pendingFetch of ['miss', 'refresh'] as const) {
    let outdated = 0;
    let calls = 0;
    for (let index = 0; index < keys; index += 1) {
      const result = await purgeDuringFetch(pendingFetch, index);
      outdated += result.outdated;
      calls += result.calls;
    }
    measurements.push({
      name: `invalidation during a ${pendingFetch}`,
      target: '0 older responses, 1 new call',
      measured: `${outdated} older responses, ${calls / keys} new calls per key`,
      isMet: outdated === 0 && calls === keys,
      runtime: FAKE_CLOCK_RUNTIME,
      method: `${keys} keys, purged while the upstream held the older version; requested before and after its response; per process or isolate`,
    });
  }
  return measurements;
}

async function purgeDuringFetch(
  pendingFetch: PendingFetch,
  index: number,
): Promise<{ readonly outdated: number; readonly calls: number }> {
  let version = 1;
  const barrier = createBarrier(async (path) => createTwilioResponse(serializeRecording(path, version)));
  const variables = { LIFETIME_COMPLETED: '10/60/60' };
  const edge = createLoadEdge({ upstream: barrier.upstream, variables });
  const path = toRecordingPath(index);
  if (pendingFetch === 'refresh') {
    const stored = edge.request(path);
    await edge.clock.advance(0);
    barrier.open();
    await stored;
    barrier.close();
    await edge.clock.advance(10_000);
  }
  const before = edge.request(path);
  await edge.clock.advance(0);
  await edge.purge(path);
  version = 2;
  const callsBefore = edge.countCalls();
  const meanwhile = edge.request(path);
  await edge.clock.advance(0);
  // Both responses arrive at once, the older one first.
  barrier.open();
  await before;
  const responses = [await meanwhile, await edge.request(path)];
  return {
    outdated: responses.filter(({ body }) => parseVersion(body) !== 2).length,
    calls: edge.countCalls() - callsBefore,
  };
}
