import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import process from 'node:process';
import { createServer as createTlsServer } from 'node:tls';
import { certify, makeAuthority, type Certificate } from './certificates.ts';

/** Places that cannot be reached, or should not be believed. */
export interface DeadEnds {
  /** Nobody listens there. */
  readonly refused: string;
  /** No such name. */
  readonly unknown: string;
  /** A handshake that is answered with an alert. */
  readonly alert: string;
  /** A certificate that has expired, and nothing else is wrong with it. */
  readonly expired: string;
  /** One of another host. */
  readonly misnamed: string;
  /** One of an authority that nobody knows. */
  readonly untrusted: string;
  /** One that holds, before a Twilio as it should be: so it is no dead end, and shows that the others are by their fault. */
  readonly trusted: string;
  /** A listener whose queue is full: what is sent to it is dropped. */
  readonly blackHole: string;
  stop(): Promise<void>;
}

const HANDSHAKE_FAILURE = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  return (server.address() as AddressInfo).port;
}

async function findRefusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Serves by TLS; who does not believe the certificate never gets that far. */
async function startTls(certificate: Certificate, serve: (socket: Socket) => void) {
  const server = createTlsServer(certificate, serve);
  server.on('tlsClientError', () => undefined);
  return { address: `https://127.0.0.1:${await listen(server)}`, server };
}

/** A process that listens and never looks up; then its queue is filled. */
async function startBlackHole() {
  const program = `
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk] = await once(child.stdout, 'data');
  const port = Number(String(chunk));
  const sockets: Socket[] = [];
  for (let nth = 0; nth < 8; nth += 1) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
  }
  await Promise.race([once(sockets[0] ?? child, 'connect'), once(sockets[1] ?? child, 'connect')]);
  return { port, child, sockets };
}

/**
 * Opens all of them.
 *
 * @param authority the one that the runtimes are told to trust.
 * @param serve answers as Twilio, where the certificate is believed.
 */
export async function openDeadEnds(
  authority: Certificate,
  serve: (socket: Socket) => void,
): Promise<DeadEnds> {
  const alert = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(HANDSHAKE_FAILURE));
  });
  const [refusedPort, alertPort, hole] = [
    await findRefusedPort(),
    await listen(alert),
    await startBlackHole(),
  ];
  const january = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') };
  const [expired, misnamed, untrusted, trusted] = [
    await startTls(await certify(authority, january), serve),
    await startTls(await certify(authority, { ip: '127.0.0.2' }), serve),
    await startTls(await certify(await makeAuthority('Nobody'), {}), serve),
    await startTls(await certify(authority, {}), serve),
  ];
  return {
    refused: `http://127.0.0.1:${refusedPort}`,
    // Of a domain that has no names (RFC 6761 §6.4).
    unknown: 'http://video.twilio.invalid',
    alert: `https://127.0.0.1:${alertPort}`,
    expired: expired.address,
    misnamed: misnamed.address,
    untrusted: untrusted.address,
    trusted: `${trusted.address}/good`,
    blackHole: `http://127.0.0.1:${hole.port}`,
    async stop() {
      for (const socket of hole.sockets) socket.destroy();
      hole.child.kill('SIGKILL');
      for (const server of [alert, expired.server, misnamed.server, untrusted.server, trusted.server]) {
        server.close();
      }
      await once(hole.child, 'exit');
    },
  };
}
