import { setImmediate as nextTurn } from 'node:timers/promises';
import { openConnection, type Connection } from './connection.ts';

/** What is asked for, and how fast. */
export interface Arrivals {
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** The path of the nth request. */
  readonly pathOf: (nth: number) => string;
  /** Connections that are opened beforehand; a request that finds none of them free opens one more. */
  readonly connections?: number;
}

/** One request that was answered. */
export interface Sample {
  /** Since it was to be sent: what the client waited for its turn counts. */
  readonly ms: number;
  readonly status: number;
  readonly head: string;
}

const DEFAULT_CONNECTIONS = 32;

/**
 * Sends requests at a constant rate whatever becomes of those before (an open loop), so that a stall is seen by all who would
 * have come meanwhile. It keeps one core busy: a timer would be a millisecond late.
 */
export async function arrive({
  port,
  perSecond,
  seconds,
  pathOf,
  connections = DEFAULT_CONNECTIONS,
}: Arrivals): Promise<readonly Sample[]> {
  const free = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const all = new Set(free);
  const answered: Promise<Sample>[] = [];
  const startedAt = performance.now();
  const total = Math.round(perSecond * seconds);
  try {
    while (answered.length < total) {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) + 1);
      while (answered.length < due) {
        const nth = answered.length;
        answered.push(ask(pathOf(nth), startedAt + (nth * 1_000) / perSecond));
      }
      await nextTurn();
    }
    return await watch(Promise.all(answered));
  } finally {
    for (const connection of all) connection.close();
  }

  async function ask(path: string, intendedAt: number): Promise<Sample> {
    const connection = takeOpen() ?? (await open());
    const { status, head } = await connection.get(path);
    const ms = performance.now() - intendedAt;
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

/** Looks after work without sleeping, as while requests were sent. */
async function watch<T>(work: Promise<T>): Promise<T> {
  const state = { isDone: false };
  const end = () => (state.isDone = true);
  work.then(end, end);
  while (!state.isDone) await nextTurn();
  return work;
}
