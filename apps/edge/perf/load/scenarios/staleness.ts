import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { FAKE_CLOCK, type Figure } from '../measurement.ts';
import { answerWith, startInProcess, type Upstream } from '../in-process.ts';
import { pathOf, recordingAt, versionIn } from '../recordings.ts';
import { createRandom } from '@room-recordings/testing/random';

const KEYS = 5;
const SEED = 20_260_302;

/** The age of the oldest answer ever served, with a source that fails at random and answers stamped with their time. */
export async function measureStaleness(requests = 20_000): Promise<readonly Figure[]> {
  return [await measure('10/20/60', 70, requests), await measure('10/60/20', 70, requests)];
}

async function measure(lifetime: string, bound: number, requests: number): Promise<Figure> {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const random = createRandom(SEED);
  let isUp = true;
  const upstream: Upstream = async (path) => {
    if (isUp) return answerWith(recordingAt(path, clock.now() - startedAt));
    const fault = random();
    if (fault < 0.5) return answerWith('{}', 500);
    if (fault < 0.95) throw new TypeError('fetch failed');
    // It never answers: the time-out ends it.
    return new Promise<never>(() => undefined);
  };
  const edge = startInProcess({ clock, upstream, variables: { LIFETIME_COMPLETED: lifetime } });
  let oldest = 0;
  let served = 0;
  let beyond = 0;
  const ask = async (nth: number) => {
    const reply = await edge.ask(pathOf(nth));
    const version = versionIn(reply.body);
    if (reply.status !== 200 || version === undefined) return;
    const age = clock.now() - startedAt - version;
    served += 1;
    oldest = Math.max(oldest, age);
    if (age >= bound * 1_000) beyond += 1;
  };
  for (let nth = 0; nth < requests; nth += 1) {
    if (random() < 0.02) isUp = !isUp;
    void ask(Math.floor(random() * KEYS));
    await clock.advance(0);
    await edge.settle();
    await clock.advance(Math.floor(random() < 0.02 ? random() * bound * 1_000 : random() * 400));
  }
  // The last moment, and the moment after it: what is not met by chance is asked for.
  const atTheBound = await askAtTheBound(lifetime, bound);
  oldest = Math.max(oldest, atTheBound.lastMoment ?? 0);
  return {
    name: `staleness bound, ${lifetime}`,
    target: `< ${bound} s = fresh + max(swr, sie)`,
    measured: `oldest ${(oldest / 1_000).toFixed(3)} s; ${beyond} at or beyond the bound; at the bound itself ${atTheBound.after}`,
    isMet: beyond === 0 && oldest < bound * 1_000 && oldest >= bound * 1_000 - 1 && atTheBound.after === 502,
    runtime: FAKE_CLOCK,
    method: `${requests.toLocaleString('en')} requests, ${served.toLocaleString('en')} answered 200, seed ${SEED}, upstream up and down at random; per process or isolate`,
  };
}

/** What is served one millisecond before the bound (its age), and the status at the bound, while the source is down. */
async function askAtTheBound(
  lifetime: string,
  bound: number,
): Promise<{ readonly lastMoment: number | undefined; readonly after: number }> {
  const clock = createFakeClock();
  const startedAt = clock.now();
  let isUp = true;
  const edge = startInProcess({
    clock,
    variables: { LIFETIME_COMPLETED: lifetime },
    upstream: async (path) =>
      isUp ? answerWith(recordingAt(path, clock.now() - startedAt)) : answerWith('{}', 400),
  });
  await edge.ask(pathOf(1));
  await edge.ask(pathOf(2));
  isUp = false;
  await clock.advance(bound * 1_000 - 1);
  const last = await edge.ask(pathOf(1));
  const age = clock.now() - startedAt - (versionIn(last.body) ?? Number.NaN);
  await clock.advance(1);
  const { status } = await edge.ask(pathOf(2));
  return { lastMoment: last.status === 200 ? age : undefined, after: status };
}
