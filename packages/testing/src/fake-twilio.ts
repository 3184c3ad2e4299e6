import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createCue, type Cue } from './deferred.ts';
import { echoCredentials, formatResponse, JSON_TYPE } from './echo-response.ts';
import { findMisbehaviour, type Recording } from './misbehaviour.ts';
import { trackLoad, waitPrecisely } from './load-tracker.ts';

/**
 * A Twilio on sockets of this machine. The path of a request selects its mode:
 *
 * - `/v1/Rooms/…` responds with the recording, after the delay, or as soon as `release` is called for a path in `hold`;
 * - `/{name}/v1/Rooms/…` misbehaves: `good`, a name of `misbehaviour.ts`, or `status-429-7` for a status and a Retry-After.
 *
 * Other programs use it by requests: `POST /cue/{sid}` lets a misbehaviour continue, `GET /log/{sid}` lists the calls for a recording,
 * `GET /closed/{sid}` lists them when all their connections are closed, `PUT /delay/{milliseconds}` sets the delay, and `GET /seen`
 * returns the number of calls, and of those at the same time, since it was last requested.
 */
export interface FakeTwilio {
  readonly origin: string;
  /** The same server on another port, for the misbehaviours that keep their connection. */
  readonly keepAliveOrigin: string;
  /** Serves a connection that another server has accepted. */
  serve(socket: Socket): void;
  /** Sets the status of a recording in the first response; in all others it is `completed`. */
  setFirstStatus(path: string, status: string): void;
  /** Holds the responses for a path. */
  hold(path: string): void;
  /** Sends the held responses for a path, and holds no more. */
  release(path: string): void;
  /** Returns the number of calls for a path. */
  calls(path: string): number;
  /** Resolves when there were `count` calls for a path. */
  waitForCalls(path: string, count: number): Promise<void>;
  stop(): Promise<void>;
}

/** A call, as `GET /log/{sid}` lists it. */
export interface LoggedCall {
  /** The request line. */
  readonly line: string;
  /** The header lines, unchanged. */
  readonly headers: readonly string[];
  /** Whether its connection has brought a request before. */
  readonly isKept: boolean;
  /** The bytes of the response so far. */
  readonly bytes: number;
}

/** How a fake Twilio differs from the default. */
export interface FakeTwilioOptions {
  /** The port of `origin`. Default: a free one. */
  readonly port?: number;
  /** Returns the JSON of a recording; undefined sends a 404. Default: every recording exists. */
  readonly findRecording?: (path: string, status: string) => string | undefined;
  /**
   * Whether connections stay open after a response. Default: no, because a server that closes an idle connection can lose the next call
   * on it.
   */
  readonly keepsConnections?: boolean;
}

interface Call extends Omit<LoggedCall, 'bytes'> {
  readonly socket: Socket;
}

/** Returns a recording as Twilio describes it. */
export function describeRecording(path: string, status = 'completed'): Recording {
  const [, , , roomSid, , sid] = path.split('/');
  return {
    account_sid: `AC${'a'.repeat(32)}`,
    status,
    date_created: '2026-03-02T09:00:00Z',
    sid,
    source_sid: `MT${'a'.repeat(32)}`,
    size: 105_956,
    url: `https://video.twilio.com${path}`,
    type: 'audio',
    duration: 3,
    container_format: 'mka',
    codec: 'opus',
    grouping_sids: { room_sid: roomSid },
    track_name: 'microphone',
    offset: 155_137_307_765,
    media_external_location: null,
    room_sid: roomSid,
    links: { media: `https://video.twilio.com${path}/Media` },
  };
}

/** Starts a fake Twilio. */
export async function startFakeTwilio({
  port = 0,
  findRecording = (path, status) => JSON.stringify(describeRecording(path, status)),
  keepsConnections = false,
}: FakeTwilioOptions = {}): Promise<FakeTwilio> {
  const logs = new Map<string, Call[]>();
  const cues = new Map<string, Cue>();
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  const firstStatuses = new Map<string, string>();
  const held = new Map<string, (() => void)[]>();
  const load = trackLoad();
  const onCall: (() => void)[] = [];
  let delayMs = 0;

  const countCalls = (path: string): number => counts.get(path) ?? 0;

  function findCue(sid: string): Cue {
    const cue = cues.get(sid) ?? createCue();
    cues.set(sid, cue);
    return cue;
  }

  /** Sends a response to the tests themselves, which sent no credentials to echo. */
  function reply(socket: Socket, body = '', headers: readonly string[] = [JSON_TYPE]): void {
    socket.end(formatResponse({ echo: '' }, 200, headers, body));
  }

  async function respond(socket: Socket, path: string): Promise<void> {
    counts.set(path, countCalls(path) + 1);
    const status = countCalls(path) === 1 ? (firstStatuses.get(path) ?? 'completed') : 'completed';
    const waiting = held.get(path);
    const release = waiting && new Promise<void>((resolve) => waiting.push(resolve));
    const end = load.start(socket);
    for (const notify of onCall.splice(0)) notify();
    await release;
    if (delayMs > 0) await waitPrecisely(delayMs);
    const recording = findRecording(path, status);
    const body = recording ?? '{"code":20404}';
    const head = [
      recording === undefined ? 'HTTP/1.1 404 Not Found' : 'HTTP/1.1 200 OK',
      JSON_TYPE,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    const bytes = (lines: readonly string[]) => `${[...lines, '', ''].join('\r\n')}${body}`;
    if (keepsConnections) socket.write(bytes(head), end);
    else socket.end(bytes([...head, 'Connection: close']), end);
  }

  function misbehave(socket: Socket, { line, headers, isKept }: Omit<Call, 'socket'>): void {
    const [, name = '', ...rest] = (line.split(' ')[1] ?? '/').split('/');
    const sid = rest.at(-1) ?? '';
    const log = logs.get(sid) ?? [];
    logs.set(sid, log);
    log.push({ line, headers, isKept, socket });
    const echo = echoCredentials(headers.find((field) => /^authorization:/i.test(field))?.split(': ')[1]);
    const nth = log.filter((call) => call.line.split('/')[1] === name).length;
    const recording = describeRecording(`/${rest.join('/')}`);
    void findMisbehaviour(name)({ socket, isKept, nth, recording, echo, cue: () => findCue(sid).take() });
  }

  function handle(socket: Socket, head: string, isKept: boolean): void {
    const [line = '', ...headers] = head.split('\r\n');
    const path = line.split(' ')[1] ?? '/';
    const [, name = '', ...rest] = path.split('/');
    const sid = rest.at(-1) ?? '';
    const sendLog = () => {
      const calls = (logs.get(sid) ?? []).map(({ socket: { bytesWritten: bytes }, ...call }): LoggedCall => ({
        ...call,
        bytes,
      }));
      reply(socket, JSON.stringify(calls));
    };
    if (name === 'v1') {
      void respond(socket, path);
    } else if (name === 'delay') {
      delayMs = Number(sid);
      reply(socket);
    } else if (name === 'seen') {
      reply(socket, JSON.stringify(load.take()));
    } else if (name === 'cue') {
      findCue(sid).give();
      reply(socket, '', []);
    } else if (name === 'log') {
      sendLog();
    } else if (name === 'closed') {
      const open = (logs.get(sid) ?? []).filter((call) => !call.socket.closed);
      // `once` of node:events rejects if the connection is reset.
      const closing = open.map((call) => new Promise((resolve) => void call.socket.once('close', resolve)));
      void Promise.all(closing).then(sendLog);
    } else {
      misbehave(socket, { line, headers, isKept });
    }
  }

  function serve(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that gives up a call may reset its connection.
    socket.on('error', () => undefined);
    let received = '';
    let count = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = received.slice(0, end);
      received = '';
      count += 1;
      handle(socket, head, count > 1);
    });
  }

  const servers = [createServer({ noDelay: true }, serve), createServer({ noDelay: true }, serve)] as const;
  const [origin, keepAliveOrigin] = await Promise.all([listen(servers[0], port), listen(servers[1], 0)]);
  return {
    origin,
    keepAliveOrigin,
    serve,
    setFirstStatus: (path, status) => void firstStatuses.set(path, status),
    hold: (path) => void held.set(path, []),
    release(path) {
      const waiting = held.get(path) ?? [];
      held.delete(path);
      for (const resolve of waiting) resolve();
    },
    calls: countCalls,
    async waitForCalls(path, count) {
      while (countCalls(path) < count) await new Promise<void>((resolve) => onCall.push(resolve));
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
      await Promise.all(servers.map((server) => once(server, 'close')));
    },
  };
}

async function listen(server: Server, wantedPort: number): Promise<string> {
  server.listen(wantedPort, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}
