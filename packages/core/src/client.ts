import { readRecording, type AskedRecording } from './answer.ts';
import type { RecordingsAuth } from './auth.ts';
import { checkBaseUrl } from './base-url.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import { RecordingsError } from './errors.ts';
import type { IdentifiedRecording } from './recording.ts';
import { isRecordingSid, isRoomSid } from './sid.ts';

/** The part of `fetch` that the client uses. */
export type FetchRecordings = (url: string, init: RequestInit) => Promise<Response>;

/** How a client reads. */
export interface RecordingsClientOptions {
  /** `https://video.twilio.com`, or an edge; default Twilio. */
  readonly baseUrl?: string;
  readonly auth?: RecordingsAuth;
  readonly fetch?: FetchRecordings;
  /** Milliseconds for a read with all its tries; default 10,000. */
  readonly timeoutMs?: number;
  /** Further tries after a fault that is safe to repeat; default 1. */
  readonly retries?: number;
}

/** Reads recordings. */
export interface RecordingsClient {
  /**
   * Reads one recording.
   *
   * @throws {RecordingsError} with a `code` that says what went wrong.
   */
  fetch(
    roomSid: string,
    sid: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<IdentifiedRecording>;
}

const SAFE_TO_REPEAT = new Set([408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530]);
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 250;

/**
 * Makes a client for Twilio or an edge.
 *
 * @throws {RecordingsError} `invalid_request` for a `baseUrl` that would expose the credentials.
 * @example
 * const recordings = createRecordingsClient({ auth: basicAuth(apiKey, apiSecret) });
 * const recording = await recordings.fetch(roomSid, sid);
 */
export function createRecordingsClient(options: RecordingsClientOptions = {}): RecordingsClient {
  const base = checkBaseUrl(options.baseUrl ?? 'https://video.twilio.com');
  const send = options.fetch ?? ((url, init) => fetch(url, init));
  const timeoutMs = options.timeoutMs ?? 10_000;
  const retries = options.retries ?? 1;
  const { auth } = options;

  return {
    async fetch(roomSid, sid, { signal } = {}) {
      if (!isRoomSid(roomSid)) throw invalidSid('room', 'RM');
      if (!isRecordingSid(sid)) throw invalidSid('recording', 'RT');
      const asked = { roomSid, sid };
      const deadline = startDeadline(timeoutMs, signal);
      try {
        return await tryToRead(() => ask(asked, deadline), retries, deadline);
      } finally {
        deadline.end();
      }
    },
  };

  async function ask(asked: AskedRecording, deadline: Deadline): Promise<IdentifiedRecording> {
    deadline.signal.throwIfAborted();
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (auth !== undefined) headers['Authorization'] = auth();
    try {
      const response = await send(`${base}/v1/Rooms/${asked.roomSid}/Recordings/${asked.sid}`, {
        headers,
        redirect: 'manual',
        signal: deadline.signal,
      });
      return await readRecording(response, asked);
    } catch (fault) {
      const reason = deadline.explain(fault);
      if (reason instanceof RecordingsError) throw reason;
      throw new RecordingsError('network', 'The server could not be read.', { cause: reason });
    }
  }
}

async function tryToRead<T>(read: () => Promise<T>, retries: number, deadline: Deadline): Promise<T> {
  for (let left = retries; ; left -= 1) {
    try {
      return await read();
    } catch (fault) {
      if (left <= 0 || !(fault instanceof RecordingsError) || !isSafeToRepeat(fault)) throw fault;
      const ms = pauseBefore(fault);
      if (ms >= deadline.remaining()) throw fault;
      await deadline.pause(ms);
    }
  }
}

function isSafeToRepeat({ code, status }: RecordingsError): boolean {
  return code === 'network' || (status !== undefined && SAFE_TO_REPEAT.has(status));
}

/** Milliseconds: what the server asked for, or a jittered moment. */
function pauseBefore({ retryAfter }: RecordingsError): number {
  if (retryAfter !== undefined) return retryAfter * 1000;
  return SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
}

function invalidSid(what: string, prefix: string): RecordingsError {
  return new RecordingsError('invalid_sid', `A ${what} SID is ${prefix} and 32 hexadecimal digits.`);
}
