import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import process from 'node:process';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';

/** Places that cannot be reached, or should not be believed. */
export interface DeadEnds {
  /** Nobody listens there. */
  readonly refused: string;
  /** No such name. */
  readonly unknown: string;
  /** A handshake that is answered with an alert. */
  readonly alert: string;
  /** A certificate that has expired, is for another host, and that nobody vouches for. */
  readonly untrusted: string;
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

async function startUntrusted(): Promise<{ readonly port: number; readonly server: Server }> {
  const notBeforeDate = new Date('2020-01-01');
  const notAfterDate = new Date('2020-02-01');
  const name = [{ name: 'commonName', value: 'other.example' }];
  const { private: key, cert } = await generate(name, { notBeforeDate, notAfterDate });
  const server = createTlsServer({ key, cert }, (socket) => socket.end());
  server.on('tlsClientError', () => undefined);
  return { port: await listen(server), server };
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

/** Opens all of them. */
export async function openDeadEnds(): Promise<DeadEnds> {
  const alert = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(HANDSHAKE_FAILURE));
  });
  const [refusedPort, alertPort, untrusted, hole] = [
    await findRefusedPort(),
    await listen(alert),
    await startUntrusted(),
    await startBlackHole(),
  ];
  return {
    refused: `http://127.0.0.1:${refusedPort}`,
    // Longer than a name may be, so that nobody is asked for it.
    unknown: `http://${'x'.repeat(64)}.invalid`,
    alert: `https://127.0.0.1:${alertPort}`,
    untrusted: `https://127.0.0.1:${untrusted.port}`,
    blackHole: `http://127.0.0.1:${hole.port}`,
    async stop() {
      for (const socket of hole.sockets) socket.destroy();
      hole.child.kill('SIGKILL');
      alert.close();
      untrusted.server.close();
      await once(hole.child, 'exit');
    },
  };
}
