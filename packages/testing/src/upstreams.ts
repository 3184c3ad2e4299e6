import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import process from 'node:process';
import { createServer as createTlsServer } from 'node:tls';
import { createAuthority, createCertificate, type Certificate } from './certificates.ts';
import { startFakeTwilio } from './fake-twilio.ts';

/** The origins of a fake Twilio, and of servers that a client cannot reach or must not trust. */
export interface UpstreamOrigins {
  readonly twilio: string;
  /** The same Twilio on another port, for connections that stay open. */
  readonly keepAliveTwilio: string;
  /** A port without a listener. */
  readonly refused: string;
  /** A name that does not resolve. */
  readonly unknown: string;
  /** A server that sends a TLS alert. */
  readonly alert: string;
  /** A server with an expired certificate, which is otherwise valid. */
  readonly expired: string;
  /** A server with a certificate for another host. */
  readonly misnamed: string;
  /** A server with a certificate of an unknown authority. */
  readonly untrusted: string;
  /** The fake Twilio behind a valid certificate, as a control for the invalid ones. */
  readonly trusted: string;
  /** A listener with a full queue, so that the kernel drops further connections. */
  readonly blackHole: string;
}

/** Servers that listen on ports of this machine. */
export interface Upstreams {
  readonly origins: UpstreamOrigins;
  stop(): Promise<void>;
}

const TLS_HANDSHAKE_FAILURE = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);

/**
 * Starts the servers.
 *
 * @param authority the authority that the runtimes trust.
 */
export async function startUpstreams(authority: Certificate): Promise<Upstreams> {
  // The tests resolve an unknown name many times, so they do not wait for a resolver that does not respond (resolv.conf(5)).
  process.env['RES_OPTIONS'] ??= 'timeout:1 attempts:1';
  const twilio = await startFakeTwilio();
  const alert = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(TLS_HANDSHAKE_FAILURE));
  });
  const refusedPort = await findRefusedPort();
  const alertPort = await listen(alert);
  const blackHole = await startBlackHole();
  const pastMonth = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') };
  const expired = await startTls(await createCertificate(authority, pastMonth), twilio.serve);
  const misnamed = await startTls(await createCertificate(authority, { ip: '127.0.0.2' }), twilio.serve);
  const unknownAuthority = await createAuthority('An authority without trust');
  const untrusted = await startTls(await createCertificate(unknownAuthority), twilio.serve);
  const trusted = await startTls(await createCertificate(authority), twilio.serve);
  return {
    origins: {
      twilio: twilio.origin,
      keepAliveTwilio: twilio.keepAliveOrigin,
      refused: `http://127.0.0.1:${refusedPort}`,
      // The domain `invalid` has no names (RFC 6761 §6.4).
      unknown: 'http://video.twilio.invalid',
      alert: `https://127.0.0.1:${alertPort}`,
      expired: expired.origin,
      misnamed: misnamed.origin,
      untrusted: untrusted.origin,
      trusted: `${trusted.origin}/good`,
      blackHole: `http://127.0.0.1:${blackHole.port}`,
    },
    async stop() {
      for (const { server } of [expired, misnamed, untrusted, trusted]) server.close();
      alert.close();
      await Promise.all([twilio.stop(), blackHole.stop()]);
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  return (server.address() as AddressInfo).port;
}

async function findRefusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a TLS server; `serve` gets a connection only if the client trusts the certificate. */
async function startTls(
  certificate: Certificate,
  serve: (socket: Socket) => void,
): Promise<{ readonly origin: string; readonly server: Server }> {
  const server = createTlsServer(certificate, serve);
  server.on('tlsClientError', () => undefined);
  return { origin: `https://127.0.0.1:${await listen(server)}`, server };
}

/** Starts a process that listens and never accepts, and fills its queue. */
async function startBlackHole(): Promise<{ readonly port: number; stop(): Promise<void> }> {
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
  return {
    port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
