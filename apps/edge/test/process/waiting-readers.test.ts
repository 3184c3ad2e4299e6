import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MAX_PENDING_REQUESTS } from '../../src/http/pending-request-limiter.ts';
import { PATH } from '../support/recording.ts';
import { startFakeTwilio, type FakeTwilio } from '@room-recordings/testing/fake-twilio';
import { commandOf, findFreePort, start } from './edge-process.ts';

interface Crowd {
  readonly name: string;
  readonly command: string;
  readonly connections: number;
  readonly requestsOfEach: number;
}

// Deno and Bun respond to the requests of one connection one after the other, so they need many connections.
const CROWDS: readonly Crowd[] = [
  {
    name: 'Node with a heap of 96 MB',
    command: commandOf('start:node').replace('node ', 'node --max-old-space-size=96 '),
    connections: 20,
    requestsOfEach: 2_000,
  },
  {
    name: 'Bun',
    command: commandOf('start:bun'),
    connections: MAX_PENDING_REQUESTS + 100,
    requestsOfEach: 1,
  },
  {
    name: 'Deno',
    command: commandOf('start:deno'),
    connections: MAX_PENDING_REQUESTS + 100,
    requestsOfEach: 1,
  },
];

/** A connection that sends pipelined requests for one path. */
class Pipeline {
  readonly #socket;
  /** The end of the received text, which may contain the start of a status line. */
  #rest = '';
  readonly counts = { found: 0, refused: 0, all: 0 };

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk.toString('latin1')));
    this.#socket.on('error', () => undefined);
  }

  #take(chunk: string): void {
    const text = this.#rest + chunk;
    let end = 0;
    for (const { index, 1: status } of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
      end = index + 'HTTP/1.1 200'.length;
      this.counts.all += 1;
      if (status === '200') this.counts.found += 1;
      if (status === '503') this.counts.refused += 1;
    }
    this.#rest = text.slice(Math.max(end, text.length - 'HTTP/1.1 20'.length));
  }

  async send(requests: number): Promise<void> {
    await once(this.#socket, 'connect');
    this.#socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(requests));
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await nextTurn();
}

/** Sends all requests, releases the response of Twilio when some are rejected, and counts the statuses. */
async function sendCrowd({ connections, requestsOfEach }: Crowd, port: number, twilio: FakeTwilio) {
  const crowd = Array.from({ length: connections }, () => new Pipeline(port));
  await Promise.all(crowd.map((pipeline) => pipeline.send(requestsOfEach)));
  const sum = (of: keyof Pipeline['counts']) =>
    crowd.reduce((total, pipeline) => total + pipeline.counts[of], 0);
  await until(() => sum('refused') > 0);
  twilio.release(PATH);
  await until(() => sum('all') === connections * requestsOfEach);
  for (const pipeline of crowd) pipeline.close();
  return { found: sum('found'), refused: sum('refused'), all: sum('all') };
}

describe('simultaneous requests for one recording', () => {
  it.each(CROWDS)(
    'wait up to the limit on $name, and get 503 beyond it',
    { timeout: 60_000 },
    async (each) => {
      const twilio = await startFakeTwilio();
      twilio.hold(PATH);
      const port = await findFreePort();
      const edge = await start(
        each.command,
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
        const { found, refused, all } = await sendCrowd(each, port, twilio);
        expect(found + refused).toBe(all);
        expect(refused).toBeGreaterThan(0);
        // An eighth of the limit is reserved for other clients.
        expect(found).toBeGreaterThanOrEqual((MAX_PENDING_REQUESTS * 7) / 8);
        expect(twilio.calls(PATH)).toBe(1);
        expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
      } finally {
        await edge.stop();
        await twilio.stop();
      }
    },
  );
});
