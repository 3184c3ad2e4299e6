import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLocalWorker } from '../../scripts/local-worker.ts';
import { drawRawRequests } from '../hostile/raw-requests.ts';
import { PUBLIC_URL, RECORDING } from '../recording.ts';
import { commandOf, findFreePort, start } from './running.ts';

/** Requests for each runtime: more of them in `pnpm test:long`. */
const RUNS = Number(process.env['HOSTILE_RUNS'] ?? 5_000);
const LONGEST_RUN_MS = 120_000 + RUNS * 20;
const BATCH = 5_000;
const SEED = 20_260_302;
const AT_A_TIME = 16;
const LONGEST_WAIT_MS = 10_000;

const CANARY = 'canary-5f3e9a';
const RECORDING_PATH = /^\/v1\/Rooms\/RM[0-9a-f]{32}\/Recordings\/RT[0-9a-f]{32}$/;
const SECRETS = [CANARY, btoa(`SK1:${CANARY}`)];

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
const asked: string[] = [];
let upstream: Server;

/** A recording for one half of the SIDs; for the other an error that repeats what it was sent. */
beforeAll(async () => {
  upstream = createServer(({ url = '', headers }, answer) => {
    asked.push(url);
    const [, , , room_sid, , sid = ''] = url.split('/');
    const isGood = /[0-7]$/.test(sid);
    const echo = { code: 20404, message: headers.authorization, more_info: CANARY };
    answer.writeHead(isGood ? 200 : 404, { 'Content-Type': 'application/json', 'X-Echo': CANARY });
    answer.end(JSON.stringify(isGood ? { ...RECORDING, sid, room_sid } : echo));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** An edge that listens, and all that it has logged. */
interface Listening {
  readonly port: number;
  text(): string;
  stop(): Promise<unknown>;
}

const variablesOf = (): Readonly<Record<string, string>> => ({
  RECORDINGS_SOURCE: 'twilio',
  ACCESS: 'public',
  ALLOWED_ORIGINS: 'https://app.example.com',
  PUBLIC_URL,
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: CANARY,
  // A server that listens on TCP has an address of this kind.
  TWILIO_BASE_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
  LOG_LEVEL: 'info',
});

async function startWorker(): Promise<Listening> {
  const port = await findFreePort();
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const options = { host: '127.0.0.1', port, state: join(folder, 'worker'), variables: variablesOf(), write };
  const { stop } = await startLocalWorker(options);
  return { port, stop, text: () => lines.join('\n') };
}

async function startProcess(script: 'start:node' | 'start:bun' | 'start:deno'): Promise<Listening> {
  const port = await findFreePort();
  const environment = { ...variablesOf(), PORT: String(port), DENO_DIR: join(folder, 'deno') };
  return { ...(await start(commandOf(script), environment, 'listening on')), port };
}

/** Sends bytes, and gives what comes back until the answer's head is there or the connection is closed. */
async function send(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setTimeout(LONGEST_WAIT_MS, () => {
    text += ' hung';
    socket.destroy();
  });
  // A server may reset what it does not want to read.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (text.includes('\r\n\r\n')) socket.destroy();
  });
  socket.end(bytes);
  await once(socket, 'close');
  return text;
}

const BAD = / hung$|^HTTP\/1\.[01] 500|\bat .*\.[jt]s:|node:internal/;

/** What came of many requests. */
interface Tally {
  /** The answers that must never be. */
  readonly bad: string[];
  /** How many answers there were of each status; 0 for those that were cut off. */
  readonly statuses: Map<number, number>;
}

/** Sends all, some at a time. */
async function sendAll(port: number, requests: Iterator<Buffer> & Iterable<Buffer>): Promise<Tally> {
  const tally: Tally = { bad: [], statuses: new Map() };
  const sendRest = async () => {
    for (const bytes of requests) {
      const answer = await send(port, bytes);
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
      tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
      if (BAD.test(answer) || SECRETS.some((secret) => answer.includes(secret))) tally.bad.push(answer);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, sendRest));
  return tally;
}

/** Drawn as they are needed, so that a long run does not hold them all. */
function* drawBatches(count: number): Generator<Buffer> {
  for (let batch = 0; batch * BATCH < count; batch += 1) {
    yield* drawRawRequests(Math.min(BATCH, count - batch * BATCH), SEED + batch);
  }
}

describe('S02-S20, S26, S30, S72: bytes that are sent to be hostile', () => {
  test.each([
    ['Node', () => startProcess('start:node')],
    ['Bun', () => startProcess('start:bun')],
    ['Deno', () => startProcess('start:deno')],
    ['workerd', startWorker],
  ])(
    'get no 500 from %s, stop nothing, show no secret and reach Twilio for two SIDs alone',
    async (_runtime, startEdge) => {
      asked.length = 0;
      const edge = await startEdge();
      const { bad, statuses } = await sendAll(edge.port, drawBatches(RUNS));
      const health = await fetch(`http://127.0.0.1:${edge.port}/healthz`);
      await edge.stop();
      expect(bad).toEqual([]);
      expect(health.status).toBe(200);
      expect(SECRETS.filter((secret) => edge.text().includes(secret))).toEqual([]);
      expect(asked.filter((url) => !RECORDING_PATH.test(url))).toEqual([]);
      // Else nothing of this had come as far as the edge.
      for (const status of [200, 304, 400, 404, 405, 412, 414])
        expect(statuses.get(status), `${status}`).toBeGreaterThan(0);
    },
    LONGEST_RUN_MS,
  );
});
