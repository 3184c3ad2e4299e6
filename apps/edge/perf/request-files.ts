// Prints the source files that a cache hit and a cache miss execute on Node, by V8's precise coverage, as a part of the documentation.
import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { sleep } from '@room-recordings/http-cache';
import { CONNECTION_LIMITS, createNodeServer } from '../src/adapters/node-adapter.ts';
import { createRuntimeClock } from '../src/concurrency/monotonic-clock.ts';
import { parseConfig } from '../src/config/config.ts';
import { createEdge } from '../src/create-edge.ts';
import { createLogger } from '../src/logging.ts';
import { createTwilioSource } from '../src/twilio/twilio-source.ts';
import { serializeRecording, toRecordingPath } from './load/recordings.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SOURCE_FOLDERS = ['apps/edge/src/', 'packages/http-cache/src/', 'packages/core/src/'];

/** Starts the edge with a fake Twilio behind Node's server. */
async function startEdge(): Promise<string> {
  const config = parseConfig({
    RECORDINGS_SOURCE: 'twilio',
    ACCESS: 'public',
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: 'secret',
    PUBLIC_URL: 'http://127.0.0.1',
    ALLOWED_ORIGINS: '*',
  });
  if (config.source?.name !== 'twilio') throw new Error('The source above is Twilio.');
  const monotonic = createRuntimeClock();
  const fetchRecording = async (url: string) => new Response(serializeRecording(new URL(url).pathname));
  const services = { now: monotonic, sleep, random: Math.random, staleOnUpstreamAuth: false };
  const source = createTwilioSource(config.source, fetchRecording, services);
  const logger = createLogger('info', () => undefined);
  const { app } = createEdge(config, source, { now: Date.now, monotonic, logger });
  const limits = { ...CONNECTION_LIMITS, keepAliveMs: 65_000 };
  const { server } = createNodeServer(app, limits, {
    now: Date.now,
    monotonicNow: monotonic,
    keepAliveSeconds: 65,
    report: () => undefined,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

/** Lists the files with a function that ran since the last call. The first range of a file is its module. */
async function takeFiles(): Promise<readonly string[]> {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  return result
    .filter(({ functions }) =>
      functions.some(({ ranges: [range] }) => (range?.startOffset ?? 0) > 0 && (range?.count ?? 0) > 0),
    )
    .map(({ url }) => (url.startsWith('file:') ? fileURLToPath(url).slice(ROOT.length) : ''))
    .filter((path) => SOURCE_FOLDERS.some((folder) => path.startsWith(folder)))
    .toSorted();
}

const address = await startEdge();

async function fetchStatus(path: string): Promise<string> {
  const response = await fetch(address + path, { headers: { origin: 'https://app.example.com' } });
  await response.arrayBuffer();
  return response.headers.get('cache-status') ?? String(response.status);
}

/** Returns the files that a request executes, after a check of the decision of the cache. */
async function listRequestFiles(path: string, decision: string): Promise<readonly string[]> {
  await takeFiles();
  const status = await fetchStatus(path);
  if (!status.includes(decision)) throw new Error(`The request for ${path} is not a ${decision}: ${status}.`);
  return takeFiles();
}

/** Formats the files of each source folder as one item of a list. */
function formatFiles(files: readonly string[]): string {
  return SOURCE_FOLDERS.flatMap((folder) => {
    const names = files.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
    const list = names.map((name) => `\`${name.replace(/\.ts$/, '')}\``).join(', ');
    return names.length === 0 ? [] : [`- \`${folder}\` (${names.length}): ${list}`];
  }).join('\n');
}

// The first requests create what later ones reuse.
for (const nth of [0, 0, 1]) await fetchStatus(toRecordingPath(nth));
const miss = await listRequestFiles(toRecordingPath(2), 'fwd=uri-miss');
await fetchStatus(toRecordingPath(2));
const hit = await listRequestFiles(toRecordingPath(2), 'hit');
process.stdout.write(
  `A cache hit executes ${hit.length} files:\n\n${formatFiles(hit)}\n\nA cache miss executes ${miss.length} files:\n\n${formatFiles(miss)}\n`,
);
process.exit(0);
