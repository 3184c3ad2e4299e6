import { RecordingsError } from '@room-recordings/core';
import type { RecordingSource, SourcePage } from '../../recordings/recording-source.ts';
import type { ResilientCalls } from './resilient-calls.ts';

/**
 * Wraps a source so that each read is a call within the limits of `policy.ts`.
 *
 * @throws {CallNotPermittedError} if a limit did not permit the call. All other errors are those of the source.
 */
export function withResilience(source: RecordingSource, calls: ResilientCalls): RecordingSource {
  return {
    account: calls.account,
    read: (id, { onAttempt, client } = {}) =>
      calls.run({
        resource: `${id.roomSid}/${id.sid}`,
        client,
        attempt: (signal) => source.read(id, { signal, onAttempt }),
      }),
    async list(roomSid, query, { onAttempt, client } = {}) {
      const result = await calls.run({
        resource: `${roomSid}/Recordings`,
        client,
        attempt: (signal) => source.list(roomSid, query, { signal, onAttempt }).catch(catchInvalidToken),
        // Twilio has no 404 for the list of an unknown room. An empty page counts as one, so that nobody can search for rooms.
        isNotFound: (page) => page instanceof RecordingsError || isEmpty(page),
      });
      if (result instanceof RecordingsError) throw result;
      return result;
    },
  };
}

/** Returns the error of a page token as a result, because one bad token must not start the backoff of the room's list. */
function catchInvalidToken(error: unknown): RecordingsError {
  if (error instanceof RecordingsError && error.code === 'invalid_request') return error;
  throw error;
}

function isEmpty({ recordings, invalid }: SourcePage): boolean {
  return recordings.length === 0 && invalid.length === 0;
}
