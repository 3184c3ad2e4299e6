import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { FAKE_CLOCK_RUNTIME, type Measurement } from '../measurement.ts';
import { createTwilioResponse, getHeader, createLoadEdge, type LoadEdge } from '../in-process.ts';
import { toRecordingPath, serializeRecording } from '../recordings.ts';
import { createRandom } from '@room-recordings/testing/random';

const SEED = 7;
const CLIENTS = 100;
const RECORDINGS = 200;
/** Seconds until the next recording changes from processing to completed. */
const SECONDS_PER_CHANGE = 60;

/** The cached response of a browser. */
interface CachedCopy {
  readonly etag: string;
  readonly freshUntil: number;
  readonly bytes: number;
}

/** Measures the share of 304 responses to revalidations by browsers, and the bytes that they save. */
export async function measureValidation(minutes = 60): Promise<readonly Measurement[]> {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const random = createRandom(SEED);
  const edge = createLoadEdge({
    clock,
    upstream: async (path) => createTwilioResponse(serializeRecording(path, 0, getStatus(path))),
  });
  /** The first half of the recordings is completed from the start. The others follow one after the other. */
  function getStatus(path: string): 'processing' | 'completed' {
    const index = Number.parseInt(path.slice(-8), 16) - RECORDINGS / 2;
    return index * SECONDS_PER_CHANGE * 1_000 <= clock.now() - startedAt ? 'completed' : 'processing';
  }
  const browsers = Array.from({ length: CLIENTS }, () => new Map<string, CachedCopy>());
  const count = { requests: 0, validated: 0, unchanged: 0, bytes: 0, saved: 0 };
  while (clock.now() - startedAt < minutes * 60_000) {
    const browser = browsers[Math.floor(random() * CLIENTS)] ?? new Map<string, CachedCopy>();
    // Some recordings are read much more often than others.
    const path = toRecordingPath(Math.floor(random() ** 3 * RECORDINGS));
    const cached = browser.get(path);
    if (cached === undefined || clock.now() >= cached.freshUntil)
      await read(edge, browser, path, cached, count);
    await edge.settle();
    await clock.advance(Math.floor(random() * 200));
  }
  const share = count.unchanged / count.validated;
  return [
    {
      name: '304 ratio of revalidations',
      target: '≥ 95 %',
      measured: `${(share * 100).toFixed(2)} % (${count.unchanged} of ${count.validated}); ${(count.saved / 1024).toFixed(0)} KiB of bodies saved, ${(count.bytes / 1024).toFixed(0)} KiB sent`,
      isMet: share >= 0.95,
      runtime: FAKE_CLOCK_RUNTIME,
      method: `${CLIENTS} browsers with a cache each, ${RECORDINGS} recordings, one more completed every ${SECONDS_PER_CHANGE} s, ${minutes} min, ${count.requests} requests, seed ${SEED}`,
    },
  ];
}

interface RequestCounts {
  requests: number;
  validated: number;
  unchanged: number;
  bytes: number;
  saved: number;
}

/** Reads a recording like a browser that follows the lifetime in the response. */
async function read(
  { clock, request }: LoadEdge,
  browser: Map<string, CachedCopy>,
  path: string,
  cached: CachedCopy | undefined,
  count: RequestCounts,
): Promise<void> {
  const response = await request(path, cached && new Map([['if-none-match', cached.etag]]));
  const bytes = response.body?.byteLength ?? 0;
  count.requests += 1;
  count.bytes += bytes;
  if (cached !== undefined) count.validated += 1;
  if (cached !== undefined && response.status === 304) {
    count.unchanged += 1;
    count.saved += cached.bytes;
  }
  const lifetime = Number(/max-age=(\d+)/.exec(getHeader(response, 'cache-control'))?.[1] ?? 0);
  const age = Number(getHeader(response, 'age') || 0);
  browser.set(path, {
    etag: getHeader(response, 'etag'),
    freshUntil: clock.now() + Math.max(0, lifetime - age) * 1_000,
    bytes: response.status === 304 ? (cached?.bytes ?? 0) : bytes,
  });
}
