import { RecordingsError } from '@room-recordings/core';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import { RECORDING } from './recording.ts';
import { createTestEdge, type TestEdge } from './test-edge.ts';

type Read = RecordingSource['read'];

/** Returns the value of a response's Cache-Status header; null if the response has none. */
export const cacheStatus = (response: Response): string | null => response.headers.get('Cache-Status');

/** Returns a `read` that calls the given ones in order, then the last one for every further call. */
export function inSequence(...reads: readonly Read[]): Read {
  let count = 0;
  return (id) => {
    const read = reads[Math.min(count, reads.length - 1)];
    count += 1;
    if (read === undefined) throw new Error('inSequence() needs at least one read.');
    return read(id);
  };
}

/** Returns a `read` whose calls wait until `release()` is called. */
export function deferred(read: Read): { readonly read: Read; release(): void } {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  return {
    async read(id) {
      await released;
      return read(id);
    },
    release: () => release(),
  };
}

/** Finds `RECORDING`. */
export const findRecording: Read = () => Promise.resolve(RECORDING);

/** Finds `RECORDING` with the track name `renamed`. */
export const findRenamedRecording: Read = () => Promise.resolve({ ...RECORDING, track_name: 'renamed' });

/** Returns a `read` that fails with a status of Twilio. */
export function failWithStatus(status: number, code: RecordingsError['code'] = 'upstream'): Read {
  return () => Promise.reject(new RecordingsError(code, 'No.', { status }));
}

/** Fails without a connection to Twilio. */
export const failToConnect: Read = () => Promise.reject(new RecordingsError('network', 'No connection.'));

/** Finds that the recording was deleted. */
export const findDeleted: Read = failWithStatus(410, 'deleted');

/**
 * Creates an edge on a fake clock, which reads the given results in order. With the default settings a completed
 * recording is fresh for 300 s. After that it is served stale for 600 s while it is revalidated, and for 3,600 s if
 * Twilio fails.
 */
export function createEdgeWithClock(...reads: readonly Read[]): TestEdge & { readonly clock: FakeClock } {
  const clock = createFakeClock();
  return { clock, ...createTestEdge(inSequence(...reads), {}, clock) };
}
