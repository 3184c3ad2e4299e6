import { Buffer } from 'node:buffer';
import crossFetch from 'cross-fetch';
import nodeFetch3 from 'node-fetch';
import nodeFetch2 from 'node-fetch-2';
import { afterEach, describe, expect, it } from 'vitest';
import { createRecordingsClient } from '../../src/client.ts';
import { requested, example } from '../example.ts';
import { CHUNKED_HEAD, startLoopback, toChunk, type Loopback } from './loopback.ts';

const RECORDING = { ...example, codec: 'OPUS' };
const MIB = 2 ** 20;

/** Implementations of `fetch` whose bodies are streams of Node. */
const IMPLEMENTATIONS = [
  { name: 'node-fetch 3', send: nodeFetch3 },
  { name: 'node-fetch 2', send: nodeFetch2 },
  { name: 'cross-fetch', send: crossFetch },
];

let server: Loopback | undefined;

afterEach(() => {
  server?.stop();
  server = undefined;
});

describe.each(IMPLEMENTATIONS)('a client with $name', ({ send }) => {
  async function read(chunks: readonly Uint8Array[], end = '0\r\n\r\n'): Promise<unknown> {
    server = await startLoopback((socket) => {
      socket.write(CHUNKED_HEAD);
      for (const chunk of chunks) socket.write(toChunk(chunk));
      socket.write(end);
      if (end === '') socket.destroySoon();
    });
    return createRecordingsClient({ baseUrl: server.url, fetch: send, retries: 0 }).fetch(
      requested.roomSid,
      requested.sid,
    );
  }

  it('resolves with the recording', async () => {
    expect(await read([Buffer.from(JSON.stringify(example))])).toEqual(RECORDING);
  });

  it('resolves with a recording in chunks of one byte', async () => {
    const named = { ...example, track_name: 'naïve 🎧' };
    const bytes = Buffer.from(JSON.stringify(named));
    const chunks = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(await read(chunks)).toEqual({ ...RECORDING, track_name: 'naïve 🎧' });
  });

  it('resolves with a recording of exactly 1 MiB', async () => {
    const text = JSON.stringify(example);
    expect(await read([Buffer.from(text.padEnd(MIB))])).toEqual(RECORDING);
  });

  it('rejects a body of more than 1 MiB before its end', async () => {
    const chunks = Array.from({ length: 17 }, () => Buffer.alloc(65_536, ' '));
    await expect(read(chunks, '1\r\nx\r\n')).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The response body is longer than 1048576 bytes or not UTF-8.',
    });
    // The stream of version 2 does not close its connection.
    if (send === nodeFetch3) await server?.closed();
  });

  it('rejects a body that is not UTF-8', async () => {
    const text = JSON.stringify({ ...example, track_name: 'caf\xE9' });
    await expect(read([Buffer.from(text, 'latin1')])).rejects.toMatchObject({ code: 'invalid_response' });
  });

  it('rejects a byte order mark', async () => {
    const text = `\uFEFF${JSON.stringify(example)}`;
    await expect(read([Buffer.from(text)])).rejects.toMatchObject({ code: 'invalid_response' });
  });

  it('rejects with network and the status if the body breaks off', async () => {
    const half = Buffer.from(JSON.stringify(example).slice(0, 100));
    await expect(read([half], '')).rejects.toMatchObject({ code: 'network', status: 200 });
  });

  it('rejects with the code and message of an error response', async () => {
    server = await startLoopback((socket) => {
      const body = '{"code":20404,"message":"The requested resource was not found"}';
      socket.end(
        `HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
    });
    const client = createRecordingsClient({ baseUrl: server.url, fetch: send });
    await expect(client.fetch(requested.roomSid, requested.sid)).rejects.toMatchObject({
      code: 'not_found',
      twilioCode: 20404,
      message: 'The requested resource was not found',
    });
  });
});
