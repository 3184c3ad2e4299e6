import { setImmediate as nextTurn } from 'node:timers/promises';
import { openConnection, type Connection } from './connection.ts';

/** The requests of an open loop and their rate. */
export interface OpenLoopOptions {
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** Returns the path of a request by its index. */
  readonly toPath: (index: number) => string;
  /** Connections that are opened before the start. A request without a free connection opens another one. */
  readonly connections?: number;
}

/** The response to one request. */
export interface Sample {
  /** Milliseconds since the scheduled time of the request, so that a delay of the client counts. */
  readonly ms: number;
  readonly status: number;
  readonly head: string;
}

const DEFAULT_CONNECTIONS = 32;

/**
 * Sends requests at a constant rate, independent of earlier responses (an open loop). A stall therefore delays all requests that
 * are due in that time. It keeps one core busy, because a timer would be a millisecond late.
 */
export async function sendAtRate({
  port,
  perSecond,
  seconds,
  toPath,
  connections = DEFAULT_CONNECTIONS,
}: OpenLoopOptions): Promise<readonly Sample[]> {
  const free = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const all = new Set(free);
  const samples: Promise<Sample>[] = [];
  const startedAt = performance.now();
  const total = Math.round(perSecond * seconds);
  try {
    while (samples.length < total) {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) + 1);
      while (samples.length < due) {
        const index = samples.length;
        samples.push(request(toPath(index), startedAt + (index * 1_000) / perSecond));
      }
      await nextTurn();
    }
    return await waitWithoutSleep(Promise.all(samples));
  } finally {
    for (const connection of all) connection.close();
  }

  async function request(path: string, scheduledAt: number): Promise<Sample> {
    const connection = takeOpen() ?? (await open());
    const { status, head } = await connection.get(path);
    const ms = performance.now() - scheduledAt;
    free.push(connection);
    return { ms, status, head };
  }

  function takeOpen(): Connection | undefined {
    let connection = free.pop();
    while (connection?.isOpen === false) connection = free.pop();
    return connection;
  }

  async function open(): Promise<Connection> {
    const connection = await openConnection(port);
    all.add(connection);
    return connection;
  }
}

/** Waits for a promise without sleeping, as during the requests. */
async function waitWithoutSleep<T>(work: Promise<T>): Promise<T> {
  const state = { isDone: false };
  const end = () => (state.isDone = true);
  work.then(end, end);
  while (!state.isDone) await nextTurn();
  return work;
}
