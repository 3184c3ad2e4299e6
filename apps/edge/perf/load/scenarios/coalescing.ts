import type { HttpResponse } from '../../../src/http/types.ts';
import { FAKE_CLOCK, type Figure } from '../measurement.ts';
import { answerWith, headerOf, makeBarrier, startInProcess, type InProcessEdge } from '../in-process.ts';
import { pathOf } from '../recordings.ts';

const CROWDS = [1, 10, 100, 1_000, 10_000];

/** What a crowd on one key came to. */
interface Crowd {
  readonly calls: number;
  readonly answered: number;
  /** Answers that say that another client's call brought them. */
  readonly collapsed: number;
}

/** Lets a crowd ask, and opens the barrier when all of it waits. */
type Ask = (edge: InProcessEdge, size: number, open: () => void) => Promise<readonly HttpResponse[]>;

/** Upstream calls for a key that nothing is stored for, while a crowd asks at once and Twilio holds its answer. */
export async function measureCoalescing(sizes: readonly number[] = CROWDS): Promise<readonly Figure[]> {
  return [
    await measure('cold', sizes, askAtOnce),
    await measure('the lifetime ends while they wait', sizes, askOverALifetime),
    await measureFailure(sizes),
  ];
}

async function measure(name: string, sizes: readonly number[], ask: Ask): Promise<Figure> {
  const crowds: Crowd[] = [];
  for (const size of sizes) crowds.push(await gather(size, ask));
  const isMet = crowds.every(({ calls, answered, collapsed }, nth) => {
    const size = sizes[nth] ?? 0;
    return calls === 1 && answered === size && collapsed === size - 1;
  });
  return {
    name: `coalescing, ${name}`,
    target: '1 call each, N − 1 collapsed',
    measured: `calls ${list(crowds.map(({ calls }) => calls))}; collapsed ${list(crowds.map(({ collapsed }) => collapsed))}`,
    isMet,
    runtime: FAKE_CLOCK,
    method: `N = ${list(sizes)} at once on one key, upstream held by a barrier, counted; per process or isolate`,
  };
}

async function gather(size: number, ask: Ask): Promise<Crowd> {
  const barrier = makeBarrier();
  const variables = { LIFETIME_COMPLETED: '1/5/0' };
  const edge = startInProcess({ upstream: barrier.upstream, variables });
  const replies = await ask(edge, size, barrier.open);
  return {
    calls: edge.calls(),
    answered: replies.filter(({ status }) => status === 200).length,
    collapsed: replies.filter((reply) => headerOf(reply, 'cache-status').includes('; collapsed')).length,
  };
}

function askTogether(edge: InProcessEdge, size: number): Promise<HttpResponse[]> {
  return Promise.all(Array.from({ length: size }, async () => edge.ask(pathOf(1))));
}

const askAtOnce: Ask = async (edge, size, open) => {
  const asking = askTogether(edge, size);
  await edge.clock.advance(100);
  open();
  return asking;
};

/** Half of them come when a lifetime has gone by since the call was made. */
const askOverALifetime: Ask = async (edge, size, open) => {
  const early = askTogether(edge, Math.ceil(size / 2));
  await edge.clock.advance(1_500);
  const late = askTogether(edge, Math.floor(size / 2));
  await edge.clock.advance(1_500);
  open();
  return [...(await early), ...(await late)];
};

/** What the first call fails with is nobody else's: they go on by themselves, as far as the caps let them. */
async function measureFailure(sizes: readonly number[]): Promise<Figure> {
  const calls: number[] = [];
  let unanswered = 0;
  for (const size of sizes) {
    const barrier = makeBarrier(async () => answerWith('{}', 400));
    const edge = startInProcess({ upstream: barrier.upstream });
    const asking = askTogether(edge, size);
    await edge.clock.advance(0);
    barrier.open();
    const replies = await asking;
    unanswered += replies.filter(({ status }) => status !== 502 && status !== 503).length;
    calls.push(edge.calls());
  }
  return {
    name: 'coalescing, the first call fails',
    target: '≤ 1 + 20 calls (the cap), all answered',
    measured: `calls ${list(calls)}; unanswered ${unanswered}`,
    isMet: unanswered === 0 && calls.every((each) => each <= 21),
    runtime: FAKE_CLOCK,
    method: `N = ${list(sizes)} at once on one key; the upstream answers all with 400, which is not tried again`,
  };
}

function list(numbers: readonly number[]): string {
  return numbers.map((each) => each.toLocaleString('en')).join(' · ');
}
