import type { HttpResponse } from '../../../src/http/types.ts';
import { FAKE_CLOCK_RUNTIME, type Measurement } from '../measurement.ts';
import {
  createTwilioResponse,
  getHeader,
  createBarrier,
  createLoadEdge,
  type LoadEdge,
} from '../in-process.ts';
import { toRecordingPath } from '../recordings.ts';

const GROUP_SIZES = [1, 10, 100, 1_000, 10_000];

/** The result of concurrent requests for one key. */
interface GroupResult {
  readonly calls: number;
  /** Responses with status 200. */
  readonly found: number;
  /** Responses that were collapsed into the call of another client. */
  readonly collapsed: number;
}

/** Sends concurrent requests, and opens the barrier when all of them wait. */
type SendRequests = (edge: LoadEdge, size: number, open: () => void) => Promise<readonly HttpResponse[]>;

/** Measures the upstream calls for a key that is not cached while concurrent requests wait for it. */
export async function measureCoalescing(
  sizes: readonly number[] = GROUP_SIZES,
): Promise<readonly Measurement[]> {
  return [
    await measure('cold', sizes, sendAtOnce),
    await measure('the lifetime ends while requests wait', sizes, sendAcrossLifetime),
    await measureFailure(sizes),
  ];
}

async function measure(name: string, sizes: readonly number[], ask: SendRequests): Promise<Measurement> {
  const groups: GroupResult[] = [];
  for (const size of sizes) groups.push(await measureGroup(size, ask));
  const isMet = groups.every(({ calls, found, collapsed }, index) => {
    const size = sizes[index] ?? 0;
    return calls === 1 && found === size && collapsed === size - 1;
  });
  return {
    name: `coalescing, ${name}`,
    target: '1 call each, N − 1 collapsed',
    measured: `calls ${formatList(groups.map(({ calls }) => calls))}; collapsed ${formatList(groups.map(({ collapsed }) => collapsed))}`,
    isMet,
    runtime: FAKE_CLOCK_RUNTIME,
    method: `N = ${formatList(sizes)} at once on one key, upstream held by a barrier, counted; per process or isolate`,
  };
}

async function measureGroup(size: number, ask: SendRequests): Promise<GroupResult> {
  const barrier = createBarrier();
  const variables = { LIFETIME_COMPLETED: '1/5/0' };
  const edge = createLoadEdge({ upstream: barrier.upstream, variables });
  const responses = await ask(edge, size, barrier.open);
  return {
    calls: edge.countCalls(),
    found: responses.filter(({ status }) => status === 200).length,
    collapsed: responses.filter((response) => getHeader(response, 'cache-status').includes('; collapsed'))
      .length,
  };
}

function sendConcurrently(edge: LoadEdge, size: number): Promise<HttpResponse[]> {
  return Promise.all(Array.from({ length: size }, async () => edge.request(toRecordingPath(1))));
}

const sendAtOnce: SendRequests = async (edge, size, open) => {
  const pending = sendConcurrently(edge, size);
  await edge.clock.advance(100);
  open();
  return pending;
};

/** Half of the requests are sent after a lifetime has passed since the call. */
const sendAcrossLifetime: SendRequests = async (edge, size, open) => {
  const early = sendConcurrently(edge, Math.ceil(size / 2));
  await edge.clock.advance(1_500);
  const late = sendConcurrently(edge, Math.floor(size / 2));
  await edge.clock.advance(1_500);
  open();
  return [...(await early), ...(await late)];
};

/** Measures the calls after the first call failed: each request continues with its own call, up to the concurrency limit. */
async function measureFailure(sizes: readonly number[]): Promise<Measurement> {
  const calls: number[] = [];
  let lost = 0;
  for (const size of sizes) {
    const barrier = createBarrier(async () => createTwilioResponse('{}', 400));
    const edge = createLoadEdge({ upstream: barrier.upstream });
    const pending = sendConcurrently(edge, size);
    await edge.clock.advance(0);
    barrier.open();
    const responses = await pending;
    lost += responses.filter(({ status }) => status !== 502 && status !== 503).length;
    calls.push(edge.countCalls());
  }
  return {
    name: 'coalescing, the first call fails',
    target: '≤ 1 + 20 calls (the concurrency limit), a response to each request',
    measured: `calls ${formatList(calls)}; lost ${lost}`,
    isMet: lost === 0 && calls.every((each) => each <= 21),
    runtime: FAKE_CLOCK_RUNTIME,
    method: `N = ${formatList(sizes)} at once on one key; the upstream responds 400 to all, which is not retried`,
  };
}

function formatList(numbers: readonly number[]): string {
  return numbers.map((each) => each.toLocaleString('en')).join(' · ');
}
