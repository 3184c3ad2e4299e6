import { RecordingsError } from '@room-recordings/core';
import { createDeferred } from '@room-recordings/testing/deferred';
import { describe, expect, it } from 'vitest';
import { MediaError } from '../../src/media/media-source.ts';
import { MAX_TRANSFERS, UNSHARED_TRANSFERS } from '../../src/media/transfer-limiter.ts';
import { createMediaEdge, readBytes, readSeedMedia, type MediaEdge } from '../support/media-edge.ts';
import { PATH } from '../support/recording.ts';

const MEDIA = `${PATH}/Media`;
const ORIGINAL = `${MEDIA}?format=original`;
const VP8 = readSeedMedia('vp8');

/** Fails a number of reads at and after an offset. */
function failAt(offset: number, times: number): (at: number) => void {
  let failures = 0;
  return (at) => {
    if (at < offset || failures >= times) return;
    failures += 1;
    throw new Error('The connection was closed.');
  };
}

/** Lists the failures of the storage that the edge logged. */
function listFailures({ logEntries }: MediaEdge) {
  return logEntries.filter(({ event }) => event === 'media.read_failed');
}

describe('a storage that breaks while it sends', () => {
  it.each([
    { name: 'the patched file', path: MEDIA },
    { name: 'the stored file', path: ORIGINAL },
  ])('the read is resumed once, and the client gets every byte of $name', async ({ path }) => {
    const expected = await readBytes(await createMediaEdge(VP8).request(path));
    const edge = createMediaEdge(VP8);
    await edge.request(path, { method: 'HEAD' });
    edge.media.beforeChunk = failAt(50_000, 1);
    edge.media.ranges.length = 0;
    expect(await readBytes(await edge.request(path))).toEqual(expected);
    expect(edge.media.ranges).toEqual([
      { start: 0, end: VP8.byteLength },
      { start: 50_000, end: VP8.byteLength },
    ]);
    expect(edge.media.openStreams()).toBe(0);
  });

  it('a second failure aborts the response, so that a part is not taken for the whole', async () => {
    const edge = createMediaEdge(VP8);
    await edge.request(ORIGINAL, { method: 'HEAD' });
    edge.media.beforeChunk = failAt(50_000, 2);
    const response = await edge.request(ORIGINAL);
    await expect(readBytes(response)).rejects.toThrow('The connection was closed.');
    expect(edge.media.openStreams()).toBe(0);
    // The status was sent before, so only this entry names the failure.
    expect(listFailures(edge)).toMatchObject([{ level: 'error', error: 'Error' }]);
  });

  it('a file that changed meanwhile aborts the response, and the next request gets the new file', async () => {
    const edge = createMediaEdge(VP8);
    const response = await edge.request(ORIGINAL);
    edge.media.beforeChunk = failAt(50_000, 1);
    edge.media.etag = '"new"';
    await expect(readBytes(response)).rejects.toThrow('changed');
    edge.media.bytes = readSeedMedia('opus');
    expect(await readBytes(await edge.request(ORIGINAL))).toEqual(edge.media.bytes);
  });

  it.each([
    { name: 'its head', bytes: VP8, at: 0 },
    { name: 'the scan of its frames', bytes: readSeedMedia('h264'), at: 20_000 },
  ])(
    'a file whose read breaks during $name is 502 upstream_error, before any byte',
    async ({ bytes, at }) => {
      const edge = createMediaEdge(bytes);
      edge.media.beforeChunk = failAt(at, 9);
      const response = await edge.request(MEDIA);
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ error: 'upstream_error' });
    },
  );

  it('a file whose storage sends no data is 504 upstream_timeout, before any byte', async () => {
    const edge = createMediaEdge(VP8);
    edge.media.beforeChunk = () => {
      throw new RecordingsError('timeout', 'No data of the body arrived within 5000 ms.');
    };
    const response = await edge.request(MEDIA);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: 'upstream_timeout' });
  });

  it.each([
    { name: 'a file without an ETag is not resumed', etag: null },
    { name: 'a file with a weak ETag is not resumed', etag: 'W/"weak"' },
  ])('$name', async ({ etag }) => {
    const edge = createMediaEdge(VP8);
    edge.media.etag = etag;
    await edge.request(ORIGINAL, { method: 'HEAD' });
    edge.media.beforeChunk = failAt(50_000, 1);
    await expect(readBytes(await edge.request(ORIGINAL))).rejects.toThrow('The connection was closed.');
  });
});

it('a file of another size without an ETag is another file', async () => {
  const edge = createMediaEdge(VP8);
  edge.media.etag = null;
  await edge.request(ORIGINAL, { method: 'HEAD' });
  edge.media.bytes = new Uint8Array([...VP8, 0]);
  const response = await edge.request(ORIGINAL);
  expect(response.headers.get('content-length')).toBe(String(VP8.byteLength + 1));
  expect(await readBytes(response)).toEqual(edge.media.bytes);
  expect(edge.media.openStreams()).toBe(0);
});

describe('a client that leaves', () => {
  it('while a chunk is read, the read of the storage ends', async () => {
    const edge = createMediaEdge(VP8);
    const isReading = createDeferred();
    await edge.request(ORIGINAL, { method: 'HEAD' });
    const response = await edge.request(ORIGINAL);
    edge.media.beforeChunk = () => {
      isReading.resolve();
      return createDeferred().promise;
    };
    const reader = response.body?.getReader();
    const read = reader?.read();
    await isReading.promise;
    expect(edge.media.openStreams()).toBe(1);
    await reader?.cancel();
    expect(edge.media.openStreams()).toBe(0);
    await expect(read).resolves.toEqual({ done: true, value: undefined });
  });

  it('before the first byte, the read of the storage ends', async () => {
    const edge = createMediaEdge(VP8);
    await edge.request(ORIGINAL, { method: 'HEAD' });
    const leaving = new AbortController();
    await edge.request(ORIGINAL, { signal: leaving.signal });
    expect(edge.media.openStreams()).toBe(1);
    leaving.abort();
    expect(edge.media.openStreams()).toBe(0);
  });

  it.each([
    { name: 'while the edge scans the file', path: MEDIA, at: 20_000 },
    { name: 'while the edge sends the file', path: ORIGINAL, at: 10_000 },
  ])('$name causes no entry of a failed read', async ({ path, at }) => {
    const edge = createMediaEdge(readSeedMedia('h264'));
    await edge.request(ORIGINAL, { method: 'HEAD' });
    const leaving = new AbortController();
    edge.media.beforeChunk = (offset) => {
      if (offset >= at) leaving.abort();
    };
    await edge
      .request(path, { signal: leaving.signal })
      .then(readBytes, () => undefined)
      .catch(() => undefined);
    expect(leaving.signal.aborted).toBe(true);
    expect(listFailures(edge)).toEqual([]);
  });

  it('before the response has the status 499 in the log, which is not an error', async () => {
    const edge = createMediaEdge(readSeedMedia('h264'));
    await edge.request(ORIGINAL, { method: 'HEAD' });
    const leaving = new AbortController();
    edge.media.beforeChunk = (offset) => {
      if (offset >= 20_000) leaving.abort();
    };
    await edge.request(MEDIA, { signal: leaving.signal });
    expect(edge.logEntries.at(-1)).toMatchObject({ event: 'request.completed', level: 'info', status: 499 });
    expect(edge.media.openStreams()).toBe(0);
  });

  it('no byte is read that the client did not request', async () => {
    const edge = createMediaEdge(VP8);
    const offsets: number[] = [];
    const response = await edge.request(ORIGINAL);
    edge.media.beforeChunk = (offset) => void offsets.push(offset);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    expect(offsets).toEqual([0, 10_000]);
    await reader?.cancel();
  });
});

describe('the limit of transfers', () => {
  it('a client that reads half of all transfers gets 503 overloaded for more, until one ends', async () => {
    const edge = createMediaEdge(VP8);
    const responses: Response[] = [];
    for (let count = 0; count < UNSHARED_TRANSFERS; count += 1) responses.push(await edge.request(ORIGINAL));
    expect(responses.every(({ status }) => status === 200)).toBe(true);
    const rejected = await edge.request(ORIGINAL);
    expect([rejected.status, rejected.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await rejected.json()).toMatchObject({ error: 'overloaded' });
    expect((await edge.request(ORIGINAL, { method: 'HEAD' })).status).toBe(200);
    await responses[0]?.body?.cancel();
    expect((await edge.request(ORIGINAL)).status).toBe(200);
    expect(UNSHARED_TRANSFERS).toBeLessThan(MAX_TRANSFERS);
  });

  it('a transfer that failed to start is not counted', async () => {
    const edge = createMediaEdge(VP8);
    await edge.request(ORIGINAL, { method: 'HEAD' });
    edge.media.error = new MediaError('failed');
    for (let count = 0; count <= MAX_TRANSFERS; count += 1) {
      expect((await edge.request(ORIGINAL)).status).toBe(502);
    }
    edge.media.error = undefined;
    expect((await edge.request(ORIGINAL)).status).toBe(200);
  });

  it('a transfer that was read to its end is not counted', async () => {
    const edge = createMediaEdge(readSeedMedia('opus'));
    for (let count = 0; count <= MAX_TRANSFERS; count += 1) await readBytes(await edge.request(ORIGINAL));
    expect((await edge.request(ORIGINAL)).status).toBe(200);
  });
});
