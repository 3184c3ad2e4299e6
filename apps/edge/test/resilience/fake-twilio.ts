import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { MISBEHAVIOUR, say, sayRecording, type Act } from './fault-injection.ts';
import { echoOf, JSON_TYPE, write } from './raw-http-response.ts';

/**
 * A Twilio that does what it is told, over real sockets. The first segment of the path names what: `good`, a name of
 * misbehaviour.ts, or `status-429-7` for a status and a Retry-After; the path of the recording follows.
 *
 * `POST /cue/{sid}` lets the act for a recording go on, `GET /log/{sid}` lists what it was asked, and `GET /closed/{sid}`
 * lists it as soon as all those connections are closed.
 */
export interface FakeTwilio {
  readonly origin: string;
  /** The same at another port, for connections that are kept. */
  readonly keeping: string;
  /** Answers on a connection that someone else has accepted. */
  serve(socket: Socket): void;
  stop(): Promise<void>;
}

/** A request, as the log keeps it. */
export interface LoggedCall {
  readonly line: string;
  /** As they came. */
  readonly fields: readonly string[];
  /** Whether its connection had brought a request before. */
  readonly isKept: boolean;
  /** Of the answer, so far. */
  readonly bytes: number;
}

/** A request and its connection. */
interface Call extends Omit<LoggedCall, 'bytes'> {
  readonly socket: Socket;
}

/** To what the tests themselves ask. */
const NO_ECHO = { echo: '' };

/** Something that is waited for by whoever comes first, the one who gives or the one who takes. */
function makeCues() {
  let given = 0;
  const waiting: (() => void)[] = [];
  return {
    give() {
      const next = waiting.shift();
      if (next === undefined) given += 1;
      else next();
    },
    take(): Promise<void> {
      if (given === 0) return new Promise((resolve) => waiting.push(resolve));
      given -= 1;
      return Promise.resolve();
    },
  };
}

/** A recording as Twilio describes it. */
function describe(path: string): Readonly<Record<string, unknown>> {
  const [, , , roomSid, , sid] = path.split('/');
  return {
    account_sid: `AC${'a'.repeat(32)}`,
    status: 'completed',
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

function sayCalls(socket: Socket, calls: readonly Call[] = []): void {
  const log: readonly LoggedCall[] = calls.map(({ socket: { bytesWritten }, ...call }) => ({
    ...call,
    bytes: bytesWritten,
  }));
  socket.end(write(NO_ECHO, 200, [JSON_TYPE], JSON.stringify(log)));
}

function findAct(name: string): Act {
  if (name === 'good') return sayRecording();
  const [kind, status, retryAfter] = name.split('-');
  if (kind === 'status') {
    return say(Number(status), retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]);
  }
  return MISBEHAVIOUR[name] ?? say(599);
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** Starts it on ports of its own. */
export async function startFakeTwilio(): Promise<FakeTwilio> {
  const calls = new Map<string, Call[]>();
  const cues = new Map<string, ReturnType<typeof makeCues>>();
  const sockets = new Set<Socket>();

  function cuesOf(sid: string): ReturnType<typeof makeCues> {
    const known = cues.get(sid) ?? makeCues();
    cues.set(sid, known);
    return known;
  }

  function answer(socket: Socket, head: string, isKept: boolean): void {
    const [line = '', ...fields] = head.split('\r\n');
    const [, path = '/'] = line.split(' ');
    const [, name = '', ...rest] = path.split('/');
    const sid = rest.at(-1) ?? '';
    if (name === 'cue') {
      cuesOf(sid).give();
      socket.end(write(NO_ECHO, 200, [], ''));
    } else if (name === 'log') {
      sayCalls(socket, calls.get(sid));
    } else if (name === 'closed') {
      const open = (calls.get(sid) ?? []).filter((call) => !call.socket.closed);
      // Not the `once` of node:events, which fails for a connection that is reset.
      const closing = open.map((call) => new Promise((resolve) => void call.socket.once('close', resolve)));
      void Promise.all(closing).then(() => sayCalls(socket, calls.get(sid)));
    } else {
      const log = calls.get(sid) ?? [];
      calls.set(sid, log);
      log.push({ line, fields, isKept, socket });
      const echo = echoOf(fields.find((field) => /^authorization:/i.test(field))?.split(': ')[1]);
      const recording = describe(`/${rest.join('/')}`);
      const nth = log.filter((call) => call.line.split('/')[1] === name).length;
      void findAct(name)({ socket, isKept, nth, recording, echo, cue: () => cuesOf(sid).take() });
    }
  }

  function serve(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Whoever is asked for too much, or is cut off, hears of it by this.
    socket.on('error', () => undefined);
    let head = '';
    let count = 0;
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const request = head.slice(0, end);
      head = '';
      count += 1;
      answer(socket, request, count > 1);
    });
  }

  const servers = [createServer(serve), createServer(serve)] as const;
  const [origin, keeping] = await Promise.all([listen(servers[0]), listen(servers[1])]);
  return {
    origin,
    keeping,
    serve,
    async stop() {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
      await Promise.all(servers.map((server) => once(server, 'close')));
    },
  };
}
