import { RecordingsError } from '@room-recordings/core';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { makeClock, type Clock } from '../clock.ts';
import { edgeWith, type TestEdge } from './test-edge.ts';
import { RECORDING } from './recording.ts';

/** What an answer says of the cache. */
export const cacheStatus = (response: Response): string | null => response.headers.get('Cache-Status');

/** Plays one act after the other, the last one from then on. */
export function play(...acts: readonly RecordingSource['read'][]): RecordingSource['read'] {
  let nth = 0;
  return (id) => {
    const act = acts[Math.min(nth, acts.length - 1)];
    nth += 1;
    if (act === undefined) throw new Error('The test plays nothing.');
    return act(id);
  };
}

/** An act that does nothing until it is let. */
export function hold(act: RecordingSource['read']): {
  readonly read: RecordingSource['read'];
  release(): void;
} {
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  return {
    async read(id) {
      await gate;
      return act(id);
    },
    release: () => open(),
  };
}

/** Finds the recording; `renamed` finds it with another name. */
export const found: RecordingSource['read'] = () => Promise.resolve(RECORDING);
export const renamed: RecordingSource['read'] = () =>
  Promise.resolve({ ...RECORDING, track_name: 'renamed' });

/** Fails with Twilio's status. */
export function refuse(status: number, code: RecordingsError['code'] = 'upstream'): RecordingSource['read'] {
  return () => Promise.reject(new RecordingsError(code, 'No.', { status }));
}

/** Cannot be asked; `missing` has nothing, `gone` has it no more. */
export const unreachable: RecordingSource['read'] = () =>
  Promise.reject(new RecordingsError('network', 'No connection.'));
export const missing: RecordingSource['read'] = refuse(404, 'not_found');
export const gone: RecordingSource['read'] = refuse(410, 'deleted');

/** An edge whose recording lives 300 s, then 600 s while it is refreshed, and up to 3,600 s over an outage. */
export function aged(...acts: readonly RecordingSource['read'][]): TestEdge & { readonly clock: Clock } {
  const clock = makeClock();
  return { clock, ...edgeWith(play(...acts), {}, clock) };
}
