import type { RecordingRef } from '@room-recordings/core';
import { readHead } from '@room-recordings/matroska';
import { createDeferred } from '@room-recordings/testing/deferred';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { createMediaScans, SCAN_QUEUE_TIMEOUT_MS } from '../../src/media/media-scans.ts';
import type { ReadableFile } from '../../src/media/media-file.ts';
import { createFakeMedia, readSeedMedia } from '../support/media-edge.ts';
import { parseTarget, ROOM_SID } from '../support/recording.ts';

const H264 = readSeedMedia('h264');
const HEAD = await readHead((start, end) => Promise.resolve(H264.slice(start, end)), H264.byteLength);

/** Creates the file of a recording whose SID has one digit. */
function createFile(digit: string): ReadableFile {
  const { id } = parseTarget(`/v1/Rooms/${ROOM_SID}/Recordings/RT${digit.repeat(32)}`);
  return { id: id as RecordingRef, size: H264.byteLength, etag: '"stored"', encrypted: false, head: HEAD };
}

function createScans() {
  const media = createFakeMedia(H264);
  const clock = createFakeClock();
  const scans = createMediaScans({
    source: media,
    indexStore: undefined,
    ...clock,
    waitUntil: () => undefined,
  });
  return { media, clock, scans };
}

/** Lets the promises that are ready run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const stay = () => ({ signal: new AbortController().signal });

describe('scans of media', () => {
  it('share one read of a file, and use its index afterwards', async () => {
    const { media, scans } = createScans();
    const file = createFile('1');
    const [first, second] = await Promise.all([scans.scan(file, stay()), scans.scan(file, stay())]);
    expect(second).toBe(first);
    expect(scans.peek(file)).toBe(first);
    expect(await scans.scan(file, stay())).toBe(first);
    expect(media.ranges).toEqual([{ start: 0, end: H264.byteLength }]);
    expect(media.openStreams()).toBe(0);
  });

  it('run two at a time, and the next one starts when one has ended', async () => {
    const { media, clock, scans } = createScans();
    const block = createDeferred();
    media.beforeChunk = () => block.promise;
    const results = ['1', '2', '3'].map((digit) => scans.scan(createFile(digit), stay()));
    await settle();
    expect(media.openStreams()).toBe(2);
    block.resolve();
    await Promise.all(results.slice(0, 2));
    await clock.advance(1_000);
    await expect(results[2]).resolves.toBeDefined();
  });

  it('wait 15 seconds for their place, then fail as overloaded', async () => {
    const { media, clock, scans } = createScans();
    media.beforeChunk = () => createDeferred().promise;
    for (const digit of ['1', '2']) scans.scan(createFile(digit), stay()).catch(() => undefined);
    const third = scans.scan(createFile('3'), stay());
    const failure = expect(third).rejects.toMatchObject({ code: 'overloaded', retryAfter: 5 });
    await clock.advance(SCAN_QUEUE_TIMEOUT_MS + 100);
    await failure;
  });

  it('continue for the other clients if one leaves, and end if all have left', async () => {
    const { media, scans } = createScans();
    const block = createDeferred();
    media.beforeChunk = () => block.promise;
    const file = createFile('1');
    const [first, second] = [new AbortController(), new AbortController()];
    const results = [first, second].map(({ signal }) => scans.scan(file, { signal }));
    const failures = results.map((result) => expect(result).rejects.toThrow());
    await settle();
    first.abort();
    await failures[0];
    expect(media.openStreams()).toBe(1);
    second.abort();
    await failures[1];
    expect(media.openStreams()).toBe(0);
  });

  it('of a client that left do not fail the next client', async () => {
    const { media, scans } = createScans();
    const block = createDeferred();
    media.beforeChunk = () => block.promise;
    const leaving = new AbortController();
    const left = scans.scan(createFile('1'), { signal: leaving.signal });
    const failure = expect(left).rejects.toThrow();
    await settle();
    leaving.abort();
    await failure;
    media.beforeChunk = () => undefined;
    await expect(scans.scan(createFile('1'), stay())).resolves.toBeDefined();
  });

  it('keep no index of a file without an ETag, because another file may take its place', async () => {
    const { media, scans } = createScans();
    media.etag = null;
    const file = { ...createFile('1'), etag: null };
    await scans.scan(file, stay());
    expect(scans.peek(file)).toBeUndefined();
  });
});
