import { FAKE_CLOCK, type Figure } from '../measurement.ts';
import { answerWith, startInProcess } from '../in-process.ts';
import { pathOf, recordingAt, versionIn } from '../recordings.ts';

const HOT = 10;
const COLD = 10;
const FLOOD = 2_000;

/** What becomes of keys that are in use, and of keys that are not, while others flood a small store. */
export async function measureEviction(): Promise<readonly Figure[]> {
  let version = 1;
  const calls = new Map<string, number>();
  const edge = startInProcess({
    // Room for some 300 recordings; the long lifetime leaves nothing but the flood to push one out.
    variables: { CACHE_MAX_BYTES: String(2 ** 20), LIFETIME_COMPLETED: '3600/0/0' },
    async upstream(path) {
      calls.set(path, (calls.get(path) ?? 0) + 1);
      return answerWith(recordingAt(path, version));
    },
  });
  const hot = Array.from({ length: HOT }, (_, nth) => pathOf(nth));
  const cold = Array.from({ length: COLD }, (_, nth) => pathOf(HOT + nth));
  for (const path of [...hot, ...cold]) await edge.ask(path);
  version = 2;
  for (let nth = 0; nth < FLOOD; nth += 1) {
    await edge.ask(pathOf(1_000 + nth));
    await edge.ask(hot[nth % HOT] ?? '');
    // No more than forty a second are let through to Twilio.
    await edge.clock.advance(30);
  }
  await edge.clock.advance(1_000);
  const versions: (number | undefined)[] = [];
  for (let round = 0; round < 3; round += 1) {
    for (const path of cold) {
      const { body } = await edge.ask(path);
      versions.push(versionIn(body));
    }
    await edge.clock.advance(1_000);
  }
  const refetched = cold.filter((path) => calls.get(path) === 2).length;
  const kept = hot.filter((path) => calls.get(path) === 1).length;
  const resurrected = versions.filter((each) => each !== 2).length;
  return [
    {
      name: 'eviction',
      target: 'evicted keys fetched once, none resurrected, hot keys kept',
      measured: `${refetched} of ${COLD} fetched once more, ${resurrected} older answers, ${kept} of ${HOT} hot keys kept`,
      isMet: refetched === COLD && kept === HOT && resurrected === 0,
      runtime: FAKE_CLOCK,
      method: `CACHE_MAX_BYTES=${2 ** 20}, a flood of ${FLOOD} other keys, then each cold key three times, closed loop; per process or isolate`,
    },
  ];
}
