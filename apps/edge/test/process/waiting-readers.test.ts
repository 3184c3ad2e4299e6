import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MAX_PENDING_REQUESTS } from '../../src/http/pending-request-limiter.ts';
import { PATH } from '../support/recording.ts';
import { startFakeTwilio, type FakeTwilio } from '@room-recordings/testing/fake-twilio';
import { commandOf, findFreePort, start } from './running.ts';

interface Crowd {
  readonly name: string;
  readonly command: string;
  readonly connections: number;
  readonly requestsOfEach: number;
}

// Deno and Bun answer the requests of one connection one after the other, so that only connections make a crowd.
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

/** A connection that sends requests for one path, one behind the other. */
class Pipeline {
  readonly #socket;
  /** The end of what was received, in which a status line may have begun. */
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

/** Asks as a crowd, lets Twilio answer once some have been refused, and gives how often each status came. */
async function ask({ connections, requestsOfEach }: Crowd, port: number, twilio: FakeTwilio) {
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

describe('a crowd that waits for one recording', () => {
  it.each(CROWDS)(
    'is bounded on $name, and the rest is refused by 503',
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
        const { found, refused, all } = await ask(each, port, twilio);
        expect(found + refused).toBe(all);
        expect(refused).toBeGreaterThan(0);
        // An eighth of the places is for other callers.
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
