import { gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';
import { head, json, JSON_TYPE, write, type Answered } from './raw-http-response.ts';

/** What a misbehaving upstream does with one request. */
interface Scene extends Answered {
  readonly socket: Socket;
  /** Whether the connection has brought a request before. */
  readonly isKept: boolean;
  /** Which call of this kind and recording it is, from 1. */
  readonly nth: number;
  /** The JSON of the recording that was asked for. */
  readonly recording: Readonly<Record<string, unknown>>;
  /** Waits until the edge has seen the headers, or wants one more piece of the body. */
  cue(): Promise<void>;
}

export type Act = (scene: Scene) => void | Promise<void>;

const CRLF = '\r\n';

const pathOf = ({ url }: Scene['recording']): string => new URL(String(url)).pathname;

/** Something that depends on what was sent, where it is repeated. */
type Said<T> = T | ((scene: Scene) => T);

const tell = <T extends string | object>(said: Said<T>, scene: Scene): T =>
  // What is told is a text or data: only what makes it is a function.
  typeof said === 'function' ? (said as (scene: Scene) => T)(scene) : said;

/** Answers with a status and what else is said; the body, by default, as Twilio's of an error. */
export function say(
  status: number,
  headers: Said<readonly string[]> = [],
  body?: Said<string | Buffer>,
): Act {
  return (scene) => {
    const said = body === undefined ? json({ code: status, message: scene.echo }) : tell(body, scene);
    scene.socket.end(write(scene, status, [JSON_TYPE, ...tell(headers, scene)], said));
  };
}

/** Answers with a recording that was changed, and that says beside what a recording has what was sent. */
export function sayRecording(changes: Said<object> = {}, headers: readonly string[] = [], status = 200): Act {
  return (scene) =>
    say(status, headers, json({ ...scene.recording, request: scene.echo, ...tell(changes, scene) }))(scene);
}

/** Answers as it should from the second call on. */
function once(act: Act): Act {
  return (scene) => (scene.nth === 1 ? act(scene) : sayRecording()(scene));
}

const reset: Act = ({ socket }) => void socket.resetAndDestroy();

/** Answers as it should, and waits on the same connection for what else is asked. */
const keep: Act = (scene) => {
  const body = json({ ...scene.recording, request: scene.echo });
  scene.socket.write(`${head(scene, 200, [JSON_TYPE, `Content-Length: ${Buffer.byteLength(body)}`])}${body}`);
};

/** Says headers, then a part of the body, and when the edge has the headers ends in a way of its own. */
function breakOff(field: string, begin: (part: string) => string, end: (socket: Socket) => void): Act {
  return async (scene) => {
    const { socket, cue, echo } = scene;
    socket.write(head(scene, 200, [JSON_TYPE, field]) + begin(`{"sid":"${echo}`));
    await cue();
    end(socket);
  };
}

const asItIs = (part: string): string => part;
const asChunk = (part: string): string => `${part.length.toString(16)}${CRLF}${part}${CRLF}`;

/** More than anyone should take, as long as it is taken. */
const flood: Act = (scene) => {
  const { socket } = scene;
  socket.write(head(scene, 200, [JSON_TYPE, 'Content-Length: 104857600']));
  const piece = Buffer.alloc(65_536, ' ');
  const pour = () => {
    while (!socket.destroyed && socket.bytesWritten < 104_857_600 && socket.write(piece));
  };
  socket.on('drain', pour);
  pour();
};

/** Some kilobytes that unpack to a thousand times as much. */
const packed = (() => {
  let bytes: Buffer | undefined;
  return () => (bytes ??= gzipSync(Buffer.alloc(67_108_864)));
})();

/** A bomb whose end never comes: it is over when the other side hangs up. */
const bomb: Act = (scene) => {
  const fields = [JSON_TYPE, 'Content-Encoding: gzip', 'Content-Length: 104857600'];
  scene.socket.write(head(scene, 200, fields));
  scene.socket.write(packed().subarray(0, -8));
};

const trickle: Act = async (scene) => {
  const { socket, cue } = scene;
  socket.write(head(scene, 200, [JSON_TYPE, 'Content-Length: 1000']));
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
  keep,
  resetKept: once((scene) => (scene.isKept ? reset(scene) : sayRecording()(scene))),
  silent: () => undefined,
  held: async (scene) => {
    await scene.cue();
    await sayRecording()(scene);
  },
  stall: breakOff('Content-Length: 1000', asItIs, () => undefined),
  short: breakOff('Content-Length: 1000', asItIs, (socket) => void socket.end()),
  unchunked: breakOff('Transfer-Encoding: chunked', asChunk, (socket) => void socket.end()),
  resetInBody: breakOff('Content-Length: 1000', asItIs, (socket) => void socket.resetAndDestroy()),
  trickle,
  flood,
  bomb,
  invalidJson: say(200, [], ({ echo }) => `{"sid":"${echo}`),
  empty: say(200, [], ''),
  deep: say(200, [], '['.repeat(100_000) + ']'.repeat(100_000)),
  byteOrderMark: say(200, [], ({ recording }) => `\ufeff${json(recording)}`),
  notANumber: say(200, [], ({ recording }) =>
    json({ ...recording, size: 0 }).replace('"size":0', '"size":NaN'),
  ),
  html: (scene) =>
    void scene.socket.end(write(scene, 200, ['Content-Type: text/html'], `<html>Maintenance ${scene.echo}`)),
  nullSid: sayRecording({ sid: null }),
  noStatus: sayRecording({ status: undefined }),
  wrongType: sayRecording(({ echo }) => ({ size: [echo] })),
  newStatus: sayRecording(({ echo }) => ({ status: echo })),
  strangeName: sayRecording(({ echo }) => ({ grouping_sids: { [echo]: 1 } })),
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
  redirect: say(302, ({ socket, recording, echo }) => [
    `Location: http://localhost:${socket.localPort}/good${pathOf(recording)}?${encodeURI(echo)}`,
  ]),
  redirectToSelf: say(307, ({ recording }) => [`Location: /redirectToSelf${pathOf(recording)}`]),
  partial: sayRecording({}, ['Content-Range: bytes 0-9/10'], 206),
  noContent: say(204, [], ''),
  notModified: say(304, [], ''),
  hints: (scene) => {
    scene.socket.write(`HTTP/1.1 103 Early Hints${CRLF}Link: </${encodeURI(scene.echo)}>${CRLF}${CRLF}`);
    return sayRecording()(scene);
  },
  unheardOf: sayRecording({}, [], 999),
  manyHeaders: sayRecording({}, many(200, 10)),
  longHeader: sayRecording({}, many(1, 65_536)),
  twoLengths: (scene) => {
    const body = json({ ...scene.recording, request: scene.echo });
    const fields = [JSON_TYPE, 'Connection: close', 'Content-Length: 5', 'Transfer-Encoding: chunked'];
    scene.socket.end(`${head(scene, 200, fields)}${asChunk(body)}0${CRLF}${CRLF}`);
  },
  yesterday: sayRecording({}, [
    'Date: Mon, 01 Jan 2001 00:00:00 GMT',
    'Age: 999999',
    'Cache-Control: no-store',
  ]),
  tomorrow: sayRecording({}, ['Date: Fri, 01 Jan 2100 00:00:00 GMT', 'Cache-Control: max-age=99999999999']),
  refused: say(403, [], ({ echo }) => json({ code: 70005, message: `Failure threshold exceeded. ${echo}` })),
};

/** What waits for the edge to have the headers before it breaks off. */
export const MISBEHAVIOUR_ON_CUE: ReadonlySet<string> = new Set([
  'stall',
  'short',
  'unchunked',
  'resetInBody',
]);

/** What goes to an address of its own, so that no other case is given one of its connections. */
export const MISBEHAVIOUR_KEPT_ALIVE: ReadonlySet<string> = new Set(['keep', 'resetKept']);
