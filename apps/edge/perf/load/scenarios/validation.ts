import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { FAKE_CLOCK, type Figure } from '../measurement.ts';
import { answerWith, headerOf, startInProcess, type InProcessEdge } from '../in-process.ts';
import { pathOf, recordingAt } from '../recordings.ts';
import { createRandom } from '@room-recordings/testing/random';

const SEED = 7;
const CLIENTS = 100;
const RECORDINGS = 200;
/** Every so many seconds one more recording turns from processing to completed. */
const SECONDS_PER_CHANGE = 60;

/** What a browser keeps of an answer. */
interface Kept {
  readonly etag: string;
  readonly freshUntil: number;
  readonly bytes: number;
}

/** How often a browser that asks whether what it has still holds is told so, and the bytes that this saves. */
export async function measureValidation(minutes = 60): Promise<readonly Figure[]> {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const random = createRandom(SEED);
  const edge = startInProcess({
    clock,
    upstream: async (path) => answerWith(recordingAt(path, 0, statusOf(path))),
  });
  /** The first ones are complete from the start, the others one after the other. */
  function statusOf(path: string): 'processing' | 'completed' {
    const nth = Number.parseInt(path.slice(-8), 16) - RECORDINGS / 2;
    return nth * SECONDS_PER_CHANGE * 1_000 <= clock.now() - startedAt ? 'completed' : 'processing';
  }
  const browsers = Array.from({ length: CLIENTS }, () => new Map<string, Kept>());
  const count = { asked: 0, validated: 0, unchanged: 0, bytes: 0, saved: 0 };
  while (clock.now() - startedAt < minutes * 60_000) {
    const browser = browsers[Math.floor(random() * CLIENTS)] ?? new Map<string, Kept>();
    // Some recordings are read far more often than others.
    const path = pathOf(Math.floor(random() ** 3 * RECORDINGS));
    const kept = browser.get(path);
    if (kept === undefined || clock.now() >= kept.freshUntil) await read(edge, browser, path, kept, count);
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
      runtime: FAKE_CLOCK,
      method: `${CLIENTS} browsers with a cache each, ${RECORDINGS} recordings, one more completed each ${SECONDS_PER_CHANGE} s, ${minutes} min, ${count.asked} requests, seed ${SEED}`,
    },
  ];
}

interface Count {
  asked: number;
  validated: number;
  unchanged: number;
  bytes: number;
  saved: number;
}

/** Reads as a browser does that holds itself to the answer's own lifetime. */
async function read(
  { clock, ask }: InProcessEdge,
  browser: Map<string, Kept>,
  path: string,
  kept: Kept | undefined,
  count: Count,
): Promise<void> {
  const reply = await ask(path, kept && new Map([['if-none-match', kept.etag]]));
  const bytes = reply.body?.byteLength ?? 0;
  count.asked += 1;
  count.bytes += bytes;
  if (kept !== undefined) count.validated += 1;
  if (kept !== undefined && reply.status === 304) {
    count.unchanged += 1;
    count.saved += kept.bytes;
  }
  const lifetime = Number(/max-age=(\d+)/.exec(headerOf(reply, 'cache-control'))?.[1] ?? 0);
  const age = Number(headerOf(reply, 'age') || 0);
  browser.set(path, {
    etag: headerOf(reply, 'etag'),
    freshUntil: clock.now() + Math.max(0, lifetime - age) * 1_000,
    bytes: reply.status === 304 ? (kept?.bytes ?? 0) : bytes,
  });
}
