import { RecordingsError } from './errors.ts';
import { MAX_TIMEOUT_MS, startDeadline } from './http/deadline.ts';
import type { FetchedResponse } from './http/fetch.ts';
import { checkRange, type ReadOptions, type Requester } from './http/requester.ts';
import { toRecordingRef } from './recording/sid.ts';
import type { IdentifiedRecording } from './recording/types.ts';
import { parseRecordingResponse } from './response.ts';

/** The options of `waitUntilReady`. */
export interface WaitOptions extends ReadOptions {
  /** The time limit of the wait, in milliseconds, from 1 to 2,147,483,647. Default is 600,000 (10 minutes). */
  readonly timeoutMs?: number | undefined;
}

/** A recording, and the time for which its response is fresh. */
export interface FreshRecording {
  readonly recording: IdentifiedRecording;
  /** Seconds; undefined if the response does not have a lifetime. */
  readonly lifetime: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 600_000;

/** The seconds between two reads: earlier, a cache would return the same response; later, a completion would go unnoticed. */
const MIN_DELAY = 1;
const DEFAULT_DELAY = 5;
const MAX_DELAY = 60;

/** The part that is added to a delay at random, so that clients that wait for one room do not read at the same time. */
const JITTER = 0.2;

/** Reads one recording and its lifetime. */
export async function readRecording(
  { request }: Requester,
  roomSid: string,
  sid: string,
  options: ReadOptions | undefined,
): Promise<FreshRecording> {
  const ref = toRecordingRef(roomSid, sid);
  return request(
    {
      path: `/v1/Rooms/${ref.roomSid}/Recordings/${ref.sid}`,
      async parse(response) {
        const recording = await parseRecordingResponse(response, ref);
        return { recording, lifetime: findLifetime(response) };
      },
    },
    options,
  );
}

/**
 * Reads a recording until its status is `completed`.
 *
 * @throws {RecordingsError} `failed` or `deleted`: the recording will not be completed.
 * @throws {RecordingsError} `timeout`: the recording was not completed in time.
 * @throws {RecordingsError} with the `code` of any other reason for which a retry does not help.
 */
export async function waitUntilReady(
  requester: Requester,
  roomSid: string,
  sid: string,
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions,
): Promise<IdentifiedRecording> {
  const deadline = startDeadline(
    checkRange('timeoutMs', timeoutMs, 1, MAX_TIMEOUT_MS),
    signal,
    'The recording',
  );
  try {
    for (;;) {
      const delay = await deadline.race(poll(deadline.signal));
      if (typeof delay !== 'number') return delay;
      // A timer above the maximum would fire at once.
      await deadline.sleep(Math.min(MAX_TIMEOUT_MS, delay * 1000 * (1 + JITTER * Math.random())));
    }
  } finally {
    deadline.clear();
  }

  /** Returns the completed recording, or the seconds until the next read. */
  async function poll(pollSignal: AbortSignal): Promise<IdentifiedRecording | number> {
    try {
      const { recording, lifetime = DEFAULT_DELAY } = await readRecording(requester, roomSid, sid, {
        signal: pollSignal,
      });
      const { status } = recording;
      if (status === 'completed') return recording;
      if (status === 'processing') return Math.min(Math.max(lifetime, MIN_DELAY), MAX_DELAY);
      throw new RecordingsError(status, `The status of the recording is ${status}.`, { status: 200 });
    } catch (error) {
      if (!(error instanceof RecordingsError) || !isTemporary(error)) throw error;
      const delay = Math.max(error.retryAfter ?? DEFAULT_DELAY, MIN_DELAY);
      if (delay * 1000 >= deadline.remaining()) throw error;
      return delay;
    }
  }

  /** A read that took too long may be fast the next time. */
  function isTemporary(error: RecordingsError): boolean {
    return error.code === 'timeout' || requester.isTransient(error);
  }
}

/**
 * Returns the seconds for which a response stays fresh, from `Cache-Control` and `Age`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2
 */
function findLifetime({ headers }: FetchedResponse): number | undefined {
  const maxAge = /(?:^|[,\s])max-age=(\d{1,10})/i.exec(headers.get('Cache-Control') ?? '')?.[1];
  const age = /^\d{1,10}$/.exec(headers.get('Age') ?? '')?.[0];
  return maxAge === undefined ? undefined : Number(maxAge) - Number(age ?? 0);
}
