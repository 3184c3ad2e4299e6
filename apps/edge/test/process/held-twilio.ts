import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RecordingStatus } from '@room-recordings/core';
import { RECORDING } from '../support/recording.ts';

/** A Twilio that keeps its answers about a recording until it is told to give them. */
export interface HeldTwilio {
  readonly origin: string;
  /** Says this status the first time that the path is asked for; every other time it is `completed`. */
  begin(path: string, status: RecordingStatus): void;
  /** Holds the answers about what is asked for by this path. */
  hold(path: string): void;
  /** Gives them, and holds no more. */
  release(path: string): void;
  /** How often it was asked for. */
  calls(path: string): number;
  /** Waits until it was asked for so often. */
  asked(path: string, count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it on a port of its own. */
export async function startHeldTwilio(): Promise<HeldTwilio> {
  const counts = new Map<string, number>();
  const first = new Map<string, RecordingStatus>();
  const held = new Map<string, (() => void)[]>();
  let waiting: (() => void)[] = [];

  const calls = (path: string): number => counts.get(path) ?? 0;
  const server = createServer(({ url: path = '' }, response) => {
    counts.set(path, calls(path) + 1);
    const status = calls(path) === 1 ? (first.get(path) ?? 'completed') : 'completed';
    const give = () => answer(response, path, status);
    const holding = held.get(path);
    if (holding === undefined) give();
    else holding.push(give);
    const told = waiting;
    waiting = [];
    for (const tell of told) tell();
  }).listen(0, '127.0.0.1');

  function answer(response: ServerResponse, path: string, status: RecordingStatus): void {
    const [, , , room_sid, , sid] = path.split('/');
    const recording = { ...RECORDING, codec: 'opus', status, sid, room_sid };
    // No connection is kept, so that none is closed while the next call is on it.
    response.setHeader('Connection', 'close');
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(recording));
  }

  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    begin: (path, status) => void first.set(path, status),
    hold: (path) => void held.set(path, []),
    release(path) {
      const given = held.get(path) ?? [];
      held.delete(path);
      for (const give of given) give();
    },
    calls,
    async asked(path, count) {
      while (calls(path) < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
