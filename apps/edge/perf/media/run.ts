// Measures what the edge costs beside a proxy that sends the same bytes untouched, and the memory of its process.
// `node --conditions=source perf/media/run.ts [node bun deno workerd]`
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import process from 'node:process';
import { findFreePort, getStartCommand, start } from '../../test/process/edge-process.ts';
import { median } from '../load/statistics.ts';

const RUNTIMES = ['node', 'bun', 'deno', 'workerd'] as const;
type Runtime = (typeof RUNTIMES)[number];

/** The least ratio of the throughputs; Deno has no target. */
const MIN_RATIO: Readonly<Record<Runtime, number>> = { node: 0.9, bun: 0.8, deno: 0, workerd: 0.8 };

const FILE_BYTES = 150_000_000;
const PAIRS = 9;
/** Downloads for the growth of the process: together more than 1 GiB. */
const DOWNLOADS = 8;
const STREAMS = 50;
const MEBIBYTE = 1_048_576;

const PATH = `/v1/Rooms/RM${'a'.repeat(32)}/Recordings/RT${'1'.repeat(32)}/Media?format=matroska`;

async function request(port: number, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, agent: false }, resolve).on('error', reject);
  });
}

/** Downloads a file. Returns the throughput in megabytes per second. */
async function download(port: number, path: string): Promise<number> {
  const startedAt = performance.now();
  let bytes = 0;
  // The body of a message is read as buffers.
  for await (const chunk of await request(port, path)) bytes += (chunk as Buffer).byteLength;
  if (bytes < FILE_BYTES / 2) throw new Error(`The download had ${bytes} bytes.`);
  return bytes / 1_000 / (performance.now() - startedAt);
}

/** Returns the number of the process that listens on a port. */
function findProcess(port: number): string {
  const sockets = execFileSync('ss', ['-ltnpH', `sport = :${port}`], { encoding: 'utf8' });
  return /pid=(\d+)/.exec(sockets)?.[1] ?? '';
}

/** Returns the CPU time of the process that listens on a port, in milliseconds. */
function readCpuTime(port: number): number {
  const fields =
    readFileSync(`/proc/${findProcess(port)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Returns the resident memory of the process that listens on a port, in MiB. */
function readMemory(port: number): number {
  const status = readFileSync(`/proc/${findProcess(port)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Opens streams that read one megabyte and then pause. Returns MiB for each stream. */
async function measurePausedStreams(port: number): Promise<number> {
  const before = readMemory(port);
  const messages: IncomingMessage[] = [];
  for (let count = 0; count < STREAMS; count += 1) {
    const message = await request(port, PATH);
    messages.push(message);
    await new Promise<void>((resolve) => {
      let bytes = 0;
      message.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength;
        if (bytes < MEBIBYTE) return;
        message.pause();
        resolve();
      });
    });
  }
  const each = (readMemory(port) - before) / STREAMS;
  for (const message of messages) message.on('error', () => undefined).destroy();
  return each;
}

async function measure(runtime: Runtime, storagePort: number): Promise<boolean> {
  const [edgePort, proxyPort] = [await findFreePort(), await findFreePort()];
  const storage = `127.0.0.1:${storagePort}`;
  const edge = await start(
    getStartCommand(`start:${runtime}`),
    {
      RECORDINGS_SOURCE: 'twilio',
      ACCESS: 'public',
      LOG_LEVEL: 'silent',
      TWILIO_API_KEY: 'SK1',
      TWILIO_API_SECRET: 'secret',
      TWILIO_BASE_URL: `http://${storage}`,
      MEDIA_HOSTS: storage,
      PORT: String(edgePort),
    },
    'listening on',
  );
  const program = `perf/media/pass-through.ts ${proxyPort} http://${storage}/file`;
  const commands = {
    node: `node ${program}`,
    bun: `bun ${program}`,
    deno: `./node_modules/deno/deno run -A ${program}`,
    workerd: `node ${program} workerd`,
  };
  const proxy = await start(commands[runtime], {}, 'listening');
  const [patched, untouched]: [number[], number[]] = [[], []];
  const cpuBefore = [readCpuTime(edgePort), readCpuTime(proxyPort)];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    patched.push(await download(edgePort, PATH));
    untouched.push(await download(proxyPort, '/'));
  }
  const [edgeCpu, proxyCpu] = [edgePort, proxyPort].map(
    (port, index) => (readCpuTime(port) - (cpuBefore[index] ?? 0)) / PAIRS,
  );
  const ratio = median(patched.map((speed, pair) => speed / (untouched[pair] ?? speed)));
  const before = readMemory(edgePort);
  let most = before;
  for (let count = 0; count < DOWNLOADS; count += 1) {
    await download(edgePort, PATH);
    most = Math.max(most, readMemory(edgePort));
  }
  const each = await measurePausedStreams(edgePort);
  process.stdout.write(
    [
      `${runtime}: patched ${median(patched).toFixed(0)} MB/s, untouched ${median(untouched).toFixed(0)} MB/s`,
      `CPU time of a download ${edgeCpu?.toFixed(0)} and ${proxyCpu?.toFixed(0)} ms`,
      `median ratio of ${PAIRS} pairs ${ratio.toFixed(2)} (target ${MIN_RATIO[runtime]})`,
      `growth in ${(DOWNLOADS * FILE_BYTES) / 1e9} GB ${(most - before).toFixed(0)} MiB`,
      `${STREAMS} paused streams ${each.toFixed(2)} MiB each\n`,
    ].join(', '),
  );
  await edge.stop();
  await proxy.stop();
  return ratio >= MIN_RATIO[runtime];
}

const selected = RUNTIMES.filter((name) => process.argv.length === 2 || process.argv.includes(name));
const storagePort = await findFreePort();
const storage = await start(`node perf/media/storage.ts ${storagePort} ${FILE_BYTES}`, {}, 'listening');
const results: boolean[] = [];
for (const runtime of selected) results.push(await measure(runtime, storagePort));
await storage.stop();
process.exit(results.every(Boolean) ? 0 : 1);
