import { gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';

/** What a misbehaving upstream does with one request. */
interface Scene {
  readonly socket: Socket;
  /** Which call of this kind and recording it is, from 1. */
  readonly nth: number;
  /** The JSON of the recording that was asked for. */
  readonly recording: Readonly<Record<string, unknown>>;
  /** Waits until the edge has seen the headers, or wants one more piece of the body. */
  cue(): Promise<void>;
}

export type Act = (scene: Scene) => void | Promise<void>;

const CRLF = '\r\n';

/** The bytes of an answer, its length said and the connection closed. */
export function write(status: number, headers: readonly string[], body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const length = [100, 103, 204, 304].includes(status) ? [] : [`Content-Length: ${bytes.byteLength}`];
  const head = [`HTTP/1.1 ${status} Answer`, ...headers, ...length, 'Connection: close', '', ''];
  return Buffer.concat([Buffer.from(head.join(CRLF)), bytes]);
}

const pathOf = ({ url }: Scene['recording']): string => new URL(String(url)).pathname;

const JSON_TYPE = 'Content-Type: application/json';

/** Answers with a status and what else is said. */
export function say(status: number, headers: readonly string[] = [], body: string | Buffer = '{}'): Act {
  return ({ socket }) => void socket.end(write(status, [JSON_TYPE, ...headers], body));
}

/** Answers with a recording that was changed. */
export function sayRecording(changes: object = {}, headers: readonly string[] = [], status = 200): Act {
  return ({ socket, recording }) =>
    void socket.end(write(status, [JSON_TYPE, ...headers], JSON.stringify({ ...recording, ...changes })));
}

/** Answers as it should from the second call on. */
function once(act: Act): Act {
  return (scene) => (scene.nth === 1 ? act(scene) : sayRecording()(scene));
}

const reset: Act = ({ socket }) => void socket.resetAndDestroy();

/** Says headers, then a part of the body, and when the edge has the headers ends in a way of its own. */
function breakOff(headers: string, part: string, end: (socket: Socket) => void): Act {
  return async ({ socket, cue }) => {
    socket.write(`HTTP/1.1 200 OK${CRLF}${JSON_TYPE}${CRLF}${headers}${CRLF}${CRLF}${part}`);
    await cue();
    end(socket);
  };
}

/** More than anyone should take, as long as it is taken. */
const flood: Act = ({ socket }) => {
  socket.write(`HTTP/1.1 200 OK${CRLF}${JSON_TYPE}${CRLF}Content-Length: 104857600${CRLF}${CRLF}`);
  const piece = Buffer.alloc(65_536, ' ');
  const pour = () => {
    while (!socket.destroyed && socket.bytesWritten < 104_857_600 && socket.write(piece));
  };
  socket.on('drain', pour);
  pour();
};

/** Some kilobytes that unpack to a thousand times as much. */
const bomb = (() => {
  let packed: Buffer | undefined;
  return () => (packed ??= gzipSync(Buffer.alloc(67_108_864)));
})();

const trickle: Act = async ({ socket, cue }) => {
  socket.write(`HTTP/1.1 200 OK${CRLF}${JSON_TYPE}${CRLF}Content-Length: 1000${CRLF}${CRLF}`);
  while (!socket.destroyed) {
    await cue();
    socket.write(' ');
  }
};

const many = (count: number, length: number) =>
  Array.from({ length: count }, (_, nth) => `X-Filler-${nth}: ${'x'.repeat(length)}`);

/** Everything that the fake Twilio can be told to do, by name. */
export const MISBEHAVIOUR: Readonly<Record<string, Act>> = {
  reset,
  resetOnce: once(reset),
  silent: () => undefined,
  held: async (scene) => {
    await scene.cue();
    await sayRecording()(scene);
  },
  stall: breakOff('Content-Length: 100', '{"sid":', () => undefined),
  short: breakOff('Content-Length: 100', '{"sid":', (socket) => void socket.end()),
  unchunked: breakOff('Transfer-Encoding: chunked', `7${CRLF}{"sid":${CRLF}`, (socket) => void socket.end()),
  resetInBody: breakOff('Content-Length: 100', '{"sid":', (socket) => void socket.resetAndDestroy()),
  trickle,
  flood,
  bomb: (scene) => say(200, ['Content-Encoding: gzip'], bomb())(scene),
  invalidJson: say(200, [], '{"sid":'),
  empty: say(200, [], ''),
  deep: say(200, [], '['.repeat(100_000) + ']'.repeat(100_000)),
  byteOrderMark: ({ socket, recording }) =>
    void socket.end(write(200, [JSON_TYPE], `\ufeff${JSON.stringify(recording)}`)),
  notANumber: ({ socket, recording }) =>
    void socket.end(
      write(200, [JSON_TYPE], JSON.stringify({ ...recording, size: 0 }).replace('"size":0', '"size":NaN')),
    ),
  html: ({ socket }) => void socket.end(write(200, ['Content-Type: text/html'], '<html>Maintenance')),
  nullSid: sayRecording({ sid: null }),
  noStatus: sayRecording({ status: undefined }),
  wrongType: sayRecording({ size: [] }),
  newStatus: sayRecording({ status: 'archived' }),
  otherSid: sayRecording({ sid: `RT${'f'.repeat(32)}` }),
  otherRoom: sayRecording({ room_sid: `RM${'f'.repeat(32)}` }),
  otherAccount: sayRecording({ account_sid: `AC${'f'.repeat(32)}` }),
  extra: sayRecording({
    status_callback: 'https://example.com',
    participant: 'x',
    duration: null,
    offset: undefined,
  }),
  deleted: sayRecording({ status: 'deleted' }),
  redirect: ({ socket, recording }) =>
    void socket.end(
      write(302, [`Location: http://localhost:${socket.localPort}/good${pathOf(recording)}`], ''),
    ),
  redirectToSelf: ({ socket, recording }) =>
    void socket.end(write(307, [`Location: /redirectToSelf${pathOf(recording)}`], '')),
  partial: sayRecording({}, ['Content-Range: bytes 0-9/10'], 206),
  noContent: say(204, [], ''),
  notModified: say(304, [], ''),
  hints: ({ socket, recording }) => {
    socket.write(`HTTP/1.1 103 Early Hints${CRLF}Link: </x>${CRLF}${CRLF}`);
    socket.end(write(200, [JSON_TYPE], JSON.stringify(recording)));
  },
  unheardOf: sayRecording({}, [], 999),
  manyHeaders: sayRecording({}, many(200, 10)),
  longHeader: sayRecording({}, many(1, 65_536)),
  twoLengths: ({ socket, recording }) => {
    const body = JSON.stringify(recording);
    const fields = [JSON_TYPE, 'Connection: close', 'Content-Length: 5', 'Transfer-Encoding: chunked'];
    const head = ['HTTP/1.1 200 OK', ...fields, '', ''].join(CRLF);
    socket.end(`${head}${body.length.toString(16)}${CRLF}${body}${CRLF}0${CRLF}${CRLF}`);
  },
  yesterday: sayRecording({}, [
    'Date: Mon, 01 Jan 2001 00:00:00 GMT',
    'Age: 999999',
    'Cache-Control: no-store',
  ]),
  tomorrow: sayRecording({}, ['Date: Fri, 01 Jan 2100 00:00:00 GMT', 'Cache-Control: max-age=99999999999']),
  refused: say(403, [], '{"code":70005,"message":"Failure threshold exceeded"}'),
};

/** What waits for the edge to have the headers before it breaks off. */
export const MISBEHAVIOUR_ON_CUE: ReadonlySet<string> = new Set([
  'stall',
  'short',
  'unchunked',
  'resetInBody',
]);
