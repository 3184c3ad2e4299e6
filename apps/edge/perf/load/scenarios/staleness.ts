import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { FAKE_CLOCK_RUNTIME, type Measurement } from '../measurement.ts';
import { createTwilioResponse, createLoadEdge, type Upstream } from '../in-process.ts';
import { toRecordingPath, serializeRecording, parseVersion } from '../recordings.ts';
import { createRandom } from '@room-recordings/testing/random';

const KEYS = 5;
const SEED = 20_260_302;

/** Measures the largest age of a response from a source that fails at random. Each recording contains its time. */
export async function measureStaleness(requests = 20_000): Promise<readonly Measurement[]> {
  return [await measure('10/20/60', 70, requests), await measure('10/60/20', 70, requests)];
}

async function measure(lifetime: string, bound: number, requests: number): Promise<Measurement> {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const random = createRandom(SEED);
  let isUp = true;
  const upstream: Upstream = async (path) => {
    if (isUp) return createTwilioResponse(serializeRecording(path, clock.now() - startedAt));
    const error = random();
    if (error < 0.5) return createTwilioResponse('{}', 500);
    if (error < 0.95) throw new TypeError('fetch failed');
    // The call never settles, so that it ends with the timeout.
    return new Promise<never>(() => undefined);
  };
  const edge = createLoadEdge({ clock, upstream, variables: { LIFETIME_COMPLETED: lifetime } });
  let oldest = 0;
  let served = 0;
  let beyond = 0;
  const request = async (index: number) => {
    const response = await edge.request(toRecordingPath(index));
    const version = parseVersion(response.body);
    if (response.status !== 200 || version === undefined) return;
    const age = clock.now() - startedAt - version;
    served += 1;
    oldest = Math.max(oldest, age);
    if (age >= bound * 1_000) beyond += 1;
  };
  for (let index = 0; index < requests; index += 1) {
    if (random() < 0.02) isUp = !isUp;
    void request(Math.floor(random() * KEYS));
    await clock.advance(0);
    await edge.settle();
    await clock.advance(Math.floor(random() < 0.02 ? random() * bound * 1_000 : random() * 400));
  }
  // The random requests may miss the bound, so that it is requested explicitly: one millisecond before it, and at the bound.
  const atTheBound = await measureAtBound(lifetime, bound);
  oldest = Math.max(oldest, atTheBound.lastMoment ?? 0);
  return {
    name: `staleness bound, ${lifetime}`,
    target: `< ${bound} s = fresh + max(swr, sie)`,
    measured: `oldest ${(oldest / 1_000).toFixed(3)} s; ${beyond} at or beyond the bound; at the bound itself ${atTheBound.after}`,
    isMet: beyond === 0 && oldest < bound * 1_000 && oldest >= bound * 1_000 - 1 && atTheBound.after === 502,
    runtime: FAKE_CLOCK_RUNTIME,
    method: `${requests.toLocaleString('en')} requests, ${served.toLocaleString('en')} responses with 200, seed ${SEED}, upstream up and down at random; per process or isolate`,
  };
}

/** Returns the age of the response one millisecond before the bound, and the status at the bound, while the source fails. */
async function measureAtBound(
  lifetime: string,
  bound: number,
): Promise<{ readonly lastMoment: number | undefined; readonly after: number }> {
  const clock = createFakeClock();
  const startedAt = clock.now();
  let isUp = true;
  const edge = createLoadEdge({
    clock,
    variables: { LIFETIME_COMPLETED: lifetime },
    upstream: async (path) =>
      isUp
        ? createTwilioResponse(serializeRecording(path, clock.now() - startedAt))
        : createTwilioResponse('{}', 400),
  });
  await edge.request(toRecordingPath(1));
  await edge.request(toRecordingPath(2));
  isUp = false;
  await clock.advance(bound * 1_000 - 1);
  const last = await edge.request(toRecordingPath(1));
  const age = clock.now() - startedAt - (parseVersion(last.body) ?? Number.NaN);
  await clock.advance(1);
  const { status } = await edge.request(toRecordingPath(2));
  return { lastMoment: last.status === 200 ? age : undefined, after: status };
}
