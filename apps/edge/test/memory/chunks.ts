import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import type { FetchFunction } from '../../src/http/types.ts';
import { sleep } from '@room-recordings/http-cache';
import { withTransferLimits } from '../../src/twilio/resilience/transfer-limits.ts';

export const CHUNKS = 30_000;

/**
 * Reads a body of 30,000 chunks of one byte, through the limits of an upstream and over a real socket.
 *
 * @returns the bytes by which the process grew at most while it read.
 */
export async function measureChunks(): Promise<number> {
  const server = createServer((_request, answer) => {
    for (let nth = 0; nth < CHUNKS; nth += 1) answer.write(nth % 2 === 0 ? '7' : ' ');
    answer.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const { rss } = process.memoryUsage();
  let [peak, reads] = [rss, 0];
  const fetchCounted: FetchFunction = async (url, init) => {
    const response = await fetch(url, init);
    if (response.body === null) throw new Error('There is a body.');
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          reads += 1;
          if (reads % 500 === 0) peak = Math.max(peak, process.memoryUsage().rss);
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(counted);
  };
  const response = await withTransferLimits(fetchCounted, sleep)(`http://127.0.0.1:${port}/`, {});
  const text = await response.text();
  peak = Math.max(peak, process.memoryUsage().rss);
  server.close();
  if (text.length !== CHUNKS) throw new Error(`The body has ${text.length} characters.`);
  return peak - rss;
}
