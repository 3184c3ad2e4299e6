import { FAKE_CLOCK_RUNTIME, type Measurement } from '../measurement.ts';
import { createTwilioResponse, createLoadEdge } from '../in-process.ts';
import { toRecordingPath, serializeRecording, parseVersion } from '../recordings.ts';

const HOT_KEYS = 10;
const COLD_KEYS = 10;
const FLOOD_KEYS = 2_000;

/** Measures whether requests for many other keys evict hot keys and cold keys from a small store. */
export async function measureEviction(): Promise<readonly Measurement[]> {
  let version = 1;
  const calls = new Map<string, number>();
  const edge = createLoadEdge({
    // About 300 recordings fit into the store. With the long lifetime, only the flood can evict one.
    variables: { CACHE_MAX_BYTES: String(2 ** 20), LIFETIME_COMPLETED: '3600/0/0' },
    async upstream(path) {
      calls.set(path, (calls.get(path) ?? 0) + 1);
      return createTwilioResponse(serializeRecording(path, version));
    },
  });
  const hot = Array.from({ length: HOT_KEYS }, (_, index) => toRecordingPath(index));
  const cold = Array.from({ length: COLD_KEYS }, (_, index) => toRecordingPath(HOT_KEYS + index));
  for (const path of [...hot, ...cold]) await edge.request(path);
  version = 2;
  for (let index = 0; index < FLOOD_KEYS; index += 1) {
    await edge.request(toRecordingPath(1_000 + index));
    await edge.request(hot[index % HOT_KEYS] ?? '');
    // The edge sends at most 40 calls per second to Twilio.
    await edge.clock.advance(30);
  }
  await edge.clock.advance(1_000);
  const versions: (number | undefined)[] = [];
  for (let round = 0; round < 3; round += 1) {
    for (const path of cold) {
      const { body } = await edge.request(path);
      versions.push(parseVersion(body));
    }
    await edge.clock.advance(1_000);
  }
  const refetched = cold.filter((path) => calls.get(path) === 2).length;
  const kept = hot.filter((path) => calls.get(path) === 1).length;
  const outdated = versions.filter((each) => each !== 2).length;
  return [
    {
      name: 'eviction',
      target: 'evicted keys fetched once, no older response, hot keys kept',
      measured: `${refetched} of ${COLD_KEYS} fetched again, ${outdated} older responses, ${kept} of ${HOT_KEYS} hot keys kept`,
      isMet: refetched === COLD_KEYS && kept === HOT_KEYS && outdated === 0,
      runtime: FAKE_CLOCK_RUNTIME,
      method: `CACHE_MAX_BYTES=${2 ** 20}, a flood of ${FLOOD_KEYS} other keys, then each cold key three times, closed loop; per process or isolate`,
    },
  ];
}
