import { setTimeout as sleep } from 'node:timers/promises';
import type { Measurement } from '../measurement.ts';
import { openConnection, type RawResponse } from '../connection.ts';
import { toRecordingPath } from '../recordings.ts';
import { spawnEdge, type SpawnedEdge, type ServerRuntime } from '../spawned-server.ts';

const GROUP_SIZES = [1, 10, 100, 1_000];
const UPSTREAM_MS = 1_500;

/** The result of concurrent requests whose first client disconnected. */
interface GroupResult {
  readonly calls: number;
  readonly collapsed: number;
  /** Requests without a response of status 200. */
  readonly lost: number;
}

/** Measures the upstream calls for a key that is not cached if the first client disconnects while others wait. */
export async function measureClientDisconnect(runtime: ServerRuntime): Promise<readonly Measurement[]> {
  const edge = await spawnEdge(runtime, { LIFETIME_COMPLETED: '3600/0/0' });
  try {
    await edge.twilio.setDelay(UPSTREAM_MS);
    const groups: GroupResult[] = [];
    for (const [index, size] of GROUP_SIZES.entries())
      groups.push(await disconnectFirst(edge, toRecordingPath(index), size));
    return [describe(edge, groups)];
  } finally {
    await edge.stop();
  }
}

async function disconnectFirst(
  { port, twilio }: SpawnedEdge,
  path: string,
  size: number,
): Promise<GroupResult> {
  const first = await openConnection(port);
  const others = await Promise.all(Array.from({ length: size }, () => openConnection(port)));
  await twilio.takeCounts();
  const disconnected = first.get(path).catch(() => undefined);
  let calls = 0;
  while (calls === 0) {
    await sleep(10);
    calls = (await twilio.takeCounts()).calls;
  }
  const pending = others.map((client) => client.get(path).catch(() => undefined));
  first.close();
  await disconnected;
  const responses = await Promise.all(pending);
  for (const client of others) client.close();
  return {
    calls: calls + (await twilio.takeCounts()).calls,
    collapsed: responses.filter((response) => response?.head.includes('; collapsed')).length,
    lost: responses.filter((response) => !isFound(response)).length,
  };
}

function isFound(response: RawResponse | undefined): boolean {
  return response?.status === 200;
}

function describe({ runtime }: SpawnedEdge, groups: readonly GroupResult[]): Measurement {
  const list = (which: keyof GroupResult) =>
    groups.map((group) => group[which].toLocaleString('en')).join(' · ');
  return {
    name: 'coalescing, the first client disconnects',
    target: '1 call each, a response to all others',
    measured: `calls ${list('calls')}; collapsed ${list('collapsed')}; lost ${list('lost')}`,
    isMet: groups.every(({ calls, lost }) => calls === 1 && lost === 0),
    runtime,
    method: `one client that disconnects and N = ${GROUP_SIZES.map((size) => size.toLocaleString('en')).join(' · ')} clients that wait, on one key, upstream ${UPSTREAM_MS} ms, counted; per process`,
  };
}
