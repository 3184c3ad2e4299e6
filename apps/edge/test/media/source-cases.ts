import { isRecordingSid, isRoomSid, type RecordingRef } from '@room-recordings/core';
import { sleep } from '@room-recordings/http-cache';
import { equal, holds, rejection, type Case } from '@room-recordings/testing/cases';
import { runCases, type Report } from '@room-recordings/testing/run-cases';
import type { StoredRange } from '../../src/media/media-source.ts';
import { createTwilioMedia } from '../../src/media/twilio-media.ts';
import { createResilientCalls } from '../../src/twilio/resilience/resilient-calls.ts';

/** The behaviours of the servers, by the last digits of a recording's SID. */
export const MEDIA_MODES = {
  good: '01',
  'another host': '02',
  'second redirect': '03',
  'expired link': '04',
  'always 403': '05',
  'short body': '06',
  'open body': '07',
  gzip: '08',
} as const;

type Mode = keyof typeof MEDIA_MODES;

/** Servers of this machine: a Twilio, the storage that it redirects to, and a host that is not listed. */
export interface MediaServerAddresses {
  readonly twilio: string;
  /** `host:port`. */
  readonly storageHost: string;
  readonly otherHost: string;
}

/** A request that the storage or the other host got, as `GET /log/{sid}` lists it. */
export interface LoggedStorageRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 at the end of the response or of its connection; null while it is open. */
  readonly closedAt: number | null;
}

/** Bytes of the file at the storage. */
export const MEDIA_SIZE = 1_000_000;

/** Returns bytes of the file at the storage. */
export function createMediaBytes(start: number, end: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: end - start }, (_, index) => ((start + index) * 31) % 251);
}

function toRef(mode: Mode): RecordingRef {
  const [roomSid, sid] = [`RM${'b'.repeat(32)}`, `RT${'0'.repeat(30)}${MEDIA_MODES[mode]}`];
  if (!isRoomSid(roomSid) || !isRecordingSid(sid)) throw new Error('A SID of the test is not valid.');
  return { roomSid, sid };
}

/** A media source of this runtime in front of the servers, for one behaviour. */
function createReader({ twilio, storageHost }: MediaServerAddresses, mode: Mode) {
  const monotonic = () => performance.now();
  const id = toRef(mode);
  const media = createTwilioMedia(
    { baseUrl: twilio, auth: () => 'Basic canary', accountSid: undefined },
    new Set([storageHost]),
    {
      fetch: (url, init) => fetch(url, init),
      calls: createResilientCalls({ now: monotonic, sleep, random: () => 0, staleOnUpstreamAuth: false }),
      now: Date.now,
      monotonic,
      sleep,
    },
  );
  return {
    open: (start: number, end: number, signal = new AbortController().signal): Promise<StoredRange> =>
      media.open(id, { start, end }, { signal }),
    /** Returns the requests for this behaviour, after all of them have ended. */
    async fetchLog(host = storageHost): Promise<readonly LoggedStorageRequest[]> {
      const response = await fetch(`http://${host}/log/${id.sid}`);
      return response.json() as Promise<readonly LoggedStorageRequest[]>;
    },
  };
}

const readAll = async ({ body }: StoredRange) => new Uint8Array(await new Response(body).arrayBuffer());

/** Headers that reveal the client or the credentials to the storage, or that change its response. */
const FORBIDDEN_HEADERS =
  /^(?:authorization|cookie|referer|origin|forwarded|x-forwarded-.*|if-.*|cache-control|pragma|content-.*)$/;

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/**
 * Reads until the first chunk, leaves, and measures the time until the storage has seen it.
 *
 * @returns milliseconds, the least of five: other programs of a loaded machine only add to them.
 */
async function measureLeave(
  servers: MediaServerAddresses,
  leave: (reader: Reader, controller: AbortController) => Promise<unknown>,
): Promise<number> {
  const { open, fetchLog } = createReader(servers, 'open body');
  const times: number[] = [];
  for (let nth = 0; nth < 5; nth += 1) {
    const controller = new AbortController();
    const { body } = await open(0, MEDIA_SIZE, controller.signal);
    const reader = body.getReader();
    await reader.read();
    const leftAt = Date.now();
    await leave(reader, controller);
    const { closedAt = null } = (await fetchLog()).at(-1) ?? {};
    times.push((closedAt ?? Number.POSITIVE_INFINITY) - leftAt);
  }
  return Math.min(...times);
}

const CASES: readonly Case<MediaServerAddresses>[] = [
  {
    name: 'reads exactly the bytes of a range, with one call to Twilio',
    async run(servers) {
      const { open, fetchLog } = createReader(servers, 'good');
      for (const [start, end] of [
        [0, MEDIA_SIZE],
        [0, 1],
        [MEDIA_SIZE - 1, MEDIA_SIZE],
        [500_000, 2_000_000],
      ] as const) {
        const range = await open(start, end);
        equal([range.size, range.etag, range.encrypted], [MEDIA_SIZE, '"abc"', false]);
        equal(await readAll(range), createMediaBytes(start, Math.min(end, MEDIA_SIZE)), `${start}-${end}`);
      }
      const log = await fetchLog();
      equal(new Set(log.map(({ path }) => path)).size, 1, 'links');
      const headers = log.flatMap((request) => Object.entries(request.headers));
      equal(
        headers.filter(([name, value]) => FORBIDDEN_HEADERS.test(name) || value.includes('canary')),
        [],
        'headers',
      );
      equal(
        log.map((request) => request.headers['range']),
        ['bytes=0-999999', 'bytes=0-0', 'bytes=999999-999999', 'bytes=500000-1999999'],
      );
    },
  },
  {
    name: 'requests nothing from a host that is not listed',
    async run(servers) {
      const { open, fetchLog } = createReader(servers, 'another host');
      const error = await rejection(open(0, 1));
      holds(isMediaError(error, 'upstream_redirect'), 'error', error);
      equal(await fetchLog(servers.otherHost), []);
    },
  },
  {
    name: 'does not follow a redirect of the storage',
    async run(servers) {
      const { open, fetchLog } = createReader(servers, 'second redirect');
      const error = await rejection(open(0, 1));
      holds(isMediaError(error, 'upstream_redirect'), 'error', error);
      equal(await fetchLog(servers.otherHost), []);
    },
  },
  {
    name: 'renews a link once that the storage rejects',
    async run(servers) {
      const { open, fetchLog } = createReader(servers, 'expired link');
      equal(await readAll(await open(0, 10)), createMediaBytes(0, 10));
      equal((await fetchLog()).length, 2, 'requests');
      const rejected = createReader(servers, 'always 403');
      const error = await rejection(rejected.open(0, 1));
      holds(isMediaError(error, 'upstream_error'), 'error', error);
      equal((await rejected.fetchLog()).length, 2, 'requests');
    },
  },
  {
    name: 'fails for a body that ends early, and for a coded body',
    async run(servers) {
      const range = await createReader(servers, 'short body').open(0, MEDIA_SIZE);
      await rejection(readAll(range));
      const error = await rejection(createReader(servers, 'gzip').open(0, MEDIA_SIZE));
      holds(isMediaError(error, 'upstream_invalid'), 'error', error);
    },
  },
  {
    name: 'ends the read of the storage within 100 ms after the consumer has cancelled',
    async run(servers) {
      const ms = await measureLeave(servers, (reader) => reader.cancel());
      holds(ms < 100, 'milliseconds', ms);
    },
  },
  {
    name: 'ends the read of the storage within 100 ms after the signal has aborted',
    async run(servers) {
      const ms = await measureLeave(servers, async (reader, controller) => {
        const read = rejection(reader.read());
        controller.abort();
        return read;
      });
      holds(ms < 100, 'milliseconds', ms);
    },
  },
];

function isMediaError(error: unknown, code: string): boolean {
  return error instanceof Error && error.name === 'MediaError' && 'code' in error && error.code === code;
}

/** The names of the cases. */
export const SOURCE_CASE_NAMES: readonly { readonly name: string }[] = CASES.map(({ name }) => ({ name }));

/** Reads media from the servers with the `fetch` of this runtime. */
export async function runSourceCases(servers: MediaServerAddresses): Promise<Report> {
  return runCases(CASES, servers);
}
