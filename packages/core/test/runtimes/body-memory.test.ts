import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { at } from '../package/paths.ts';
import { run } from '../package/run.ts';
import { RUNTIMES } from '../package/runtimes.ts';
import { CHUNKED_HEAD, startLoopback, toChunk, type Loopback } from './loopback.ts';

const CHUNKS = 30_000;
const SLOW_MS = 60_000;

/** The runtimes that run TypeScript without a build. */
const runtimes = RUNTIMES.filter(({ name }) => name !== 'Node 20');

let server: Loopback;

beforeAll(async () => {
  const chunks = Buffer.concat(Array.from({ length: CHUNKS }, () => toChunk(Buffer.from('x'))));
  server = await startLoopback((socket) => {
    socket.write(CHUNKED_HEAD);
    socket.write(chunks);
    socket.end('0\r\n\r\n');
  });
});

afterAll(() => server.stop());

it.each(runtimes)(
  `on $name a body of ${CHUNKS} chunks of one byte costs no buffer for each of them`,
  async ({ command }) => {
    const printed = await run([...command, at('../runtimes/one-byte-chunks.ts'), server.url], at('.'));
    const { characters, mebibytes }: { characters: number; mebibytes: number } = JSON.parse(printed);
    expect(characters).toBe(CHUNKS);
    // Deno needs 1,836 MiB if the chunks are stored and 82 MiB if they are copied.
    expect(mebibytes).toBeLessThan(500);
  },
  SLOW_MS,
);
