import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NOWHERE, recordingAt } from './recordings.ts';

// Twilio in a process of its own: every recording below NOWHERE is there, after a time that `PUT /delay/MILLISECONDS` sets. `GET /seen`
// tells the calls, and how many were answered at once at most, since it was last asked.
const OVERLAP_MS = 5;
let delayMs = 0;
let calls = 0;
let running = 0;
let mostRunning = 0;

/** Timers come late by a millisecond, and what is measured beside a short delay is less than that. */
async function waitFor(ms: number): Promise<void> {
  const until = performance.now() + ms;
  // A core that looks at the clock is missed by what is measured during a long one.
  const byTimer = ms > 1_000 ? ms : ms - 3;
  if (byTimer > 0) await new Promise((resolve) => setTimeout(resolve, byTimer));
  if (ms > 1_000) return;
  while (performance.now() < until) await nextTurn();
}

async function answer(path: string, response: ServerResponse): Promise<void> {
  calls += 1;
  // One that is given up and the one after it come over two connections: what ends may be heard of after what begins.
  const counting = setTimeout(() => {
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    response.once('close', () => (running -= 1));
  }, OVERLAP_MS);
  response.once('close', () => clearTimeout(counting));
  await waitFor(delayMs);
  const isThere = Number.parseInt(path.slice(-32), 16) < NOWHERE;
  const text = isThere ? recordingAt(path) : '{"code":20404}';
  response.writeHead(isThere ? 200 : 404, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

const server = createServer(({ method, url = '/' }, response) => {
  if (method === 'PUT') {
    delayMs = Number(url.slice('/delay/'.length));
    response.end();
  } else if (url === '/seen') {
    response.end(JSON.stringify({ calls, mostRunning }));
    calls = 0;
    mostRunning = running;
  } else {
    void answer(url, response);
  }
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
await once(server, 'listening');
process.stdout.write('fake Twilio is listening\n');
