import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '../measurement.ts';
import { openConnection, type Received } from '../connection.ts';
import { pathOf } from '../recordings.ts';
import { serveEdge, type ServedEdge, type ServedRuntime } from '../spawned-server.ts';

const CROWDS = [1, 10, 100, 1_000];
const UPSTREAM_MS = 1_500;

/** What a crowd came to whose first reader broke the connection. */
interface Crowd {
  readonly calls: number;
  readonly collapsed: number;
  readonly unanswered: number;
}

/** Upstream calls for a key that nothing is stored for, while the reader who asked first leaves and a crowd stays. */
export async function measureLeaving(runtime: ServedRuntime): Promise<readonly Figure[]> {
  const edge = await serveEdge(runtime, { LIFETIME_COMPLETED: '3600/0/0' });
  try {
    await edge.twilio.setDelay(UPSTREAM_MS);
    const crowds: Crowd[] = [];
    for (const [nth, size] of CROWDS.entries()) crowds.push(await leave(edge, pathOf(nth), size));
    return [describe(edge, crowds)];
  } finally {
    await edge.stop();
  }
}

async function leave({ port, twilio }: ServedEdge, path: string, size: number): Promise<Crowd> {
  const leader = await openConnection(port);
  const stayers = await Promise.all(Array.from({ length: size }, () => openConnection(port)));
  await twilio.see();
  const left = leader.get(path).catch(() => undefined);
  let calls = 0;
  while (calls === 0) {
    await sleep(10);
    calls = (await twilio.see()).calls;
  }
  const asking = stayers.map((stayer) => stayer.get(path).catch(() => undefined));
  leader.close();
  await left;
  const answers = await Promise.all(asking);
  for (const stayer of stayers) stayer.close();
  return {
    calls: calls + (await twilio.see()).calls,
    collapsed: answers.filter((answer) => answer?.head.includes('; collapsed')).length,
    unanswered: answers.filter((answer) => !isFound(answer)).length,
  };
}

function isFound(answer: Received | undefined): boolean {
  return answer?.status === 200;
}

function describe({ runtime }: ServedEdge, crowds: readonly Crowd[]): Figure {
  const list = (which: keyof Crowd) => crowds.map((crowd) => crowd[which].toLocaleString('en')).join(' · ');
  return {
    name: 'coalescing, the first client leaves',
    target: '1 call each, all others answered',
    measured: `calls ${list('calls')}; collapsed ${list('collapsed')}; unanswered ${list('unanswered')}`,
    isMet: crowds.every(({ calls, unanswered }) => calls === 1 && unanswered === 0),
    runtime,
    method: `a reader whose connection breaks and N = ${CROWDS.map((size) => size.toLocaleString('en')).join(' · ')} who stay, on one key, upstream ${UPSTREAM_MS} ms, counted; per process`,
  };
}
