import { gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';
import { CRLF, formatHead, formatResponse, JSON_TYPE, type Echo } from './echo-response.ts';

/** The JSON of a recording at Twilio. */
export type Recording = Readonly<Record<string, unknown>>;

/** One request to a misbehaving upstream. */
interface Exchange extends Echo {
  readonly socket: Socket;
  /** Whether the connection has brought a request before. */
  readonly isKept: boolean;
  /** The number of this call among those of the same misbehaviour and recording, from 1. */
  readonly nth: number;
  /** The recording that was requested. */
  readonly recording: Recording;
  /** Resolves when the client has received the headers, or expects one more chunk of the body. */
  cue(): Promise<void>;
}

/** Responds to one request, or does not. */
export type Misbehaviour = (exchange: Exchange) => void | Promise<void>;

/** Returns the misbehaviour of a name; unknown names respond with 599, so that a wrong name is noticed. */
export function findMisbehaviour(name: string): Misbehaviour {
  if (name === 'good') return respondWithRecording();
  const [kind, status, retryAfter] = name.split('-');
  if (kind === 'status') {
    return respond(Number(status), retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]);
  }
  return MISBEHAVIOURS[name] ?? respond(599);
}

const getPath = ({ url }: Recording): string => new URL(String(url)).pathname;

const json = (value: unknown): string => JSON.stringify(value);

/** A value, or a function of the request that it echoes. */
type Resolvable<T> = T | ((exchange: Exchange) => T);

const resolve = <T extends string | object>(value: Resolvable<T>, exchange: Exchange): T =>
  // The values are texts and data, so a function is never a value.
  typeof value === 'function' ? (value as (exchange: Exchange) => T)(exchange) : value;

/** Responds with a status; by default with the body of Twilio's errors. */
function respond(
  status: number,
  headers: Resolvable<readonly string[]> = [],
  body?: Resolvable<string | Buffer>,
): Misbehaviour {
  return (exchange) => {
    const text =
      body === undefined ? json({ code: status, message: exchange.echo }) : resolve(body, exchange);
    exchange.socket.end(formatResponse(exchange, status, [JSON_TYPE, ...resolve(headers, exchange)], text));
  };
}

/** Responds with the recording, changed, and with the echo in an unknown attribute. */
function respondWithRecording(
  changes: Resolvable<object> = {},
  headers: readonly string[] = [],
  status = 200,
): Misbehaviour {
  return (exchange) =>
    respond(
      status,
      headers,
      json({ ...exchange.recording, request: exchange.echo, ...resolve(changes, exchange) }),
    )(exchange);
}

/** Misbehaves at the first call, and responds with the recording from the second one on. */
function once(first: Misbehaviour): Misbehaviour {
  return (exchange) => (exchange.nth === 1 ? first(exchange) : respondWithRecording()(exchange));
}

const reset: Misbehaviour = ({ socket }) => void socket.resetAndDestroy();

/** Responds with the recording, and keeps the connection for further requests. */
const keep: Misbehaviour = (exchange) => {
  const body = json({ ...exchange.recording, request: exchange.echo });
  exchange.socket.write(
    `${formatHead(exchange, 200, [JSON_TYPE, `Content-Length: ${Buffer.byteLength(body)}`])}${body}`,
  );
};

/** Sends headers and a part of the body, and calls `end` when the client has the headers. */
function breakOff(
  header: string,
  begin: (part: string) => string,
  end: (socket: Socket) => void,
): Misbehaviour {
  return async (exchange) => {
    const { socket, cue, echo } = exchange;
    socket.write(formatHead(exchange, 200, [JSON_TYPE, header]) + begin(`{"sid":"${echo}`));
    await cue();
    end(socket);
  };
}

const asItIs = (part: string): string => part;
const asChunk = (part: string): string => `${part.length.toString(16)}${CRLF}${part}${CRLF}`;

/** Sends 100 MB, for as long as the client reads. */
const flood: Misbehaviour = (exchange) => {
  const { socket } = exchange;
  socket.write(formatHead(exchange, 200, [JSON_TYPE, 'Content-Length: 104857600']));
  const chunk = Buffer.alloc(65_536, ' ');
  const pour = () => {
    while (!socket.destroyed && socket.bytesWritten < 104_857_600 && socket.write(chunk));
  };
  socket.on('drain', pour);
  pour();
};

/** 64 KiB of gzip that decompress to a thousand times as much. */
const createBomb = (() => {
  let bytes: Buffer | undefined;
  return () => (bytes ??= gzipSync(Buffer.alloc(67_108_864)));
})();

/** Sends a gzip bomb without its end, so that only the client can end the response. */
const bomb: Misbehaviour = (exchange) => {
  const fields = [JSON_TYPE, 'Content-Encoding: gzip', 'Content-Length: 104857600'];
  exchange.socket.write(formatHead(exchange, 200, fields));
  exchange.socket.write(createBomb().subarray(0, -8));
};

const trickle: Misbehaviour = async (exchange) => {
  const { socket, cue } = exchange;
  socket.write(formatHead(exchange, 200, [JSON_TYPE, 'Content-Length: 1000']));
  while (!socket.destroyed) {
    await cue();
    socket.write(' ');
  }
};

const fillers = (count: number, length: number) =>
  Array.from({ length: count }, (_, nth) => `X-Filler-${nth}: ${'x'.repeat(length)}`);

/** The misbehaviours of the fake Twilio by name. */
const MISBEHAVIOURS: Readonly<Record<string, Misbehaviour>> = {
  reset,
  resetOnce: once(reset),
  keep,
  resetKept: once((exchange) => (exchange.isKept ? reset(exchange) : respondWithRecording()(exchange))),
  silent: () => undefined,
  held: async (exchange) => {
    await exchange.cue();
    await respondWithRecording()(exchange);
  },
  stall: breakOff('Content-Length: 1000', asItIs, () => undefined),
  short: breakOff('Content-Length: 1000', asItIs, (socket) => void socket.end()),
  unchunked: breakOff('Transfer-Encoding: chunked', asChunk, (socket) => void socket.end()),
  resetInBody: breakOff('Content-Length: 1000', asItIs, (socket) => void socket.resetAndDestroy()),
  trickle,
  flood,
  bomb,
  invalidJson: respond(200, [], ({ echo }) => `{"sid":"${echo}`),
  empty: respond(200, [], ''),
  deep: respond(200, [], '['.repeat(100_000) + ']'.repeat(100_000)),
  byteOrderMark: respond(200, [], ({ recording }) => `\ufeff${json(recording)}`),
  notANumber: respond(200, [], ({ recording }) =>
    json({ ...recording, size: 0 }).replace('"size":0', '"size":NaN'),
  ),
  html: (exchange) =>
    void exchange.socket.end(
      formatResponse(exchange, 200, ['Content-Type: text/html'], `<html>Maintenance ${exchange.echo}`),
    ),
  nullSid: respondWithRecording({ sid: null }),
  noStatus: respondWithRecording({ status: undefined }),
  wrongType: respondWithRecording(({ echo }) => ({ size: [echo] })),
  newStatus: respondWithRecording(({ echo }) => ({ status: echo })),
  strangeName: respondWithRecording(({ echo }) => ({ grouping_sids: { [echo]: 1 } })),
  otherSid: respondWithRecording({ sid: `RT${'f'.repeat(32)}` }),
  otherRoom: respondWithRecording({ room_sid: `RM${'f'.repeat(32)}` }),
  otherAccount: respondWithRecording({ account_sid: `AC${'f'.repeat(32)}` }),
  extra: respondWithRecording({
    status_callback: 'https://example.com',
    participant: 'x',
    duration: null,
    offset: undefined,
  }),
  deleted: respondWithRecording({ status: 'deleted' }),
  redirect: respond(302, ({ socket, recording, echo }) => [
    `Location: http://localhost:${socket.localPort}/good${getPath(recording)}?${encodeURI(echo)}`,
  ]),
  redirectToSelf: respond(307, ({ recording }) => [`Location: /redirectToSelf${getPath(recording)}`]),
  partial: respondWithRecording({}, ['Content-Range: bytes 0-9/10'], 206),
  noContent: respond(204, [], ''),
  notModified: respond(304, [], ''),
  hints: (exchange) => {
    exchange.socket.write(
      `HTTP/1.1 103 Early Hints${CRLF}Link: </${encodeURI(exchange.echo)}>${CRLF}${CRLF}`,
    );
    return respondWithRecording()(exchange);
  },
  unheardOf: respondWithRecording({}, [], 999),
  manyHeaders: respondWithRecording({}, fillers(200, 10)),
  longHeader: respondWithRecording({}, fillers(1, 65_536)),
  twoLengths: (exchange) => {
    const body = json({ ...exchange.recording, request: exchange.echo });
    const fields = [JSON_TYPE, 'Connection: close', 'Content-Length: 5', 'Transfer-Encoding: chunked'];
    exchange.socket.end(`${formatHead(exchange, 200, fields)}${asChunk(body)}0${CRLF}${CRLF}`);
  },
  yesterday: respondWithRecording({}, [
    'Date: Mon, 01 Jan 2001 00:00:00 GMT',
    'Age: 999999',
    'Cache-Control: no-store',
  ]),
  tomorrow: respondWithRecording({}, [
    'Date: Fri, 01 Jan 2100 00:00:00 GMT',
    'Cache-Control: max-age=99999999999',
  ]),
  refused: respond(403, [], ({ echo }) =>
    json({ code: 70005, message: `Failure threshold exceeded. ${echo}` }),
  ),
};

/** The names of the misbehaviours that break off as soon as the client has the headers, which a cue reports. */
export const CUED_MISBEHAVIOURS: ReadonlySet<string> = new Set([
  'stall',
  'short',
  'unchunked',
  'resetInBody',
]);

/** The names of the misbehaviours that use `keepAliveOrigin`, so that no other case gets one of their connections. */
export const KEEP_ALIVE_MISBEHAVIOURS: ReadonlySet<string> = new Set(['keep', 'resetKept']);
