import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MAX_PENDING_REQUESTS } from '../../src/http/pending-request-limiter.ts';
import { PATH } from '../support/recording.ts';
import { startFakeTwilio, type FakeTwilio } from '@room-recordings/testing/fake-twilio';
import { findFreePort, getStartCommand, start } from './edge-process.ts';

interface Load {
  readonly name: string;
  readonly command: string;
  readonly connections: number;
  readonly requestsPerConnection: number;
}

// Deno and Bun respond to the requests of one connection one after the other, so they need many connections.
const LOADS: readonly Load[] = [
  {
    name: 'Node with a heap of 96 MB',
    command: getStartCommand('start:node').replace('node ', 'node --max-old-space-size=96 '),
    connections: 20,
    requestsPerConnection: 2_000,
  },
  {
    name: 'Bun',
    command: getStartCommand('start:bun'),
    connections: MAX_PENDING_REQUESTS + 100,
    requestsPerConnection: 1,
  },
  {
    name: 'Deno',
    command: getStartCommand('start:deno'),
    connections: MAX_PENDING_REQUESTS + 100,
    requestsPerConnection: 1,
  },
];

/** A connection that sends pipelined requests for one path. */
class Pipeline {
  readonly #socket;
  /** The end of the received text, which may contain the start of a status line. */
  #tail = '';
  readonly counts = { ok: 0, rejected: 0, all: 0 };

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('data', (chunk: Buffer) => this.#count(chunk.toString('latin1')));
    this.#socket.on('error', () => undefined);
  }

  #count(chunk: string): void {
    const text = this.#tail + chunk;
    let end = 0;
    for (const { index, 1: status } of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
      end = index + 'HTTP/1.1 200'.length;
      this.counts.all += 1;
      if (status === '200') this.counts.ok += 1;
      if (status === '503') this.counts.rejected += 1;
    }
    this.#tail = text.slice(Math.max(end, text.length - 'HTTP/1.1 20'.length));
  }

  async send(requests: number): Promise<void> {
    await once(this.#socket, 'connect');
    this.#socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(requests));
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTick();
}

/** Sends all requests, releases the response of Twilio when some are rejected, and counts the statuses. */
async function sendLoad({ connections, requestsPerConnection }: Load, port: number, twilio: FakeTwilio) {
  const pipelines = Array.from({ length: connections }, () => new Pipeline(port));
  await Promise.all(pipelines.map((pipeline) => pipeline.send(requestsPerConnection)));
  const sum = (name: keyof Pipeline['counts']) =>
    pipelines.reduce((total, pipeline) => total + pipeline.counts[name], 0);
  await waitUntil(() => sum('rejected') > 0);
  twilio.release(PATH);
  await waitUntil(() => sum('all') === connections * requestsPerConnection);
  for (const pipeline of pipelines) pipeline.close();
  return { ok: sum('ok'), rejected: sum('rejected'), all: sum('all') };
}

describe('simultaneous requests for one recording', () => {
  it.each(LOADS)(
    'are pending up to the limit on $name, and get 503 beyond the limit',
    { timeout: 60_000 },
    async (load) => {
      const twilio = await startFakeTwilio();
      twilio.hold(PATH);
      const port = await findFreePort();
      const edge = await start(
        load.command,
        {
          RECORDINGS_SOURCE: 'twilio',
          ACCESS: 'public',
          TWILIO_API_KEY: 'SK1',
          TWILIO_API_SECRET: 'secret',
          TWILIO_BASE_URL: twilio.origin,
          PORT: String(port),
          LOG_LEVEL: 'silent',
        },
        'listening on',
      );
      try {
        const { ok, rejected, all } = await sendLoad(load, port, twilio);
        expect(ok + rejected).toBe(all);
        expect(rejected).toBeGreaterThan(0);
        // An eighth of the limit is reserved for other clients.
        expect(ok).toBeGreaterThanOrEqual((MAX_PENDING_REQUESTS * 7) / 8);
        expect(twilio.calls(PATH)).toBe(1);
        expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
      } finally {
        await edge.stop();
        await twilio.stop();
      }
    },
  );
});
