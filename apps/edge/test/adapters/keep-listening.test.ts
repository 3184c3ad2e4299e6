import { describe, expect, it, vi } from 'vitest';
import { keepListening } from '../../src/adapters/deno-adapter.ts';
import { createDeferred } from '@room-recordings/testing/deferred';

const NO_DESCRIPTOR = new Error('Too many open files');

/** Starts servers whose end and whose restart delays the test controls. */
function startServers() {
  const servers: { fail: () => void; shutdown: () => Promise<void> }[] = [];
  const failures: Error[] = [];
  const delays: { readonly ms: number; readonly end: () => void }[] = [];
  const report = vi.fn<() => void>();
  const stop = keepListening({
    listen() {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      const { promise, resolve, reject } = createDeferred();
      const shutdown = vi.fn<() => Promise<void>>(() => Promise.resolve(resolve()));
      servers.push({ fail: () => reject(NO_DESCRIPTOR), shutdown });
      return { finished: promise, shutdown };
    },
    report,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        delays.push({ ms, end: resolve });
        signal.addEventListener('abort', () => resolve());
      }),
  });
  return { servers, failures, delays, report, stop };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('keepListening', () => {
  it('restarts the server half a second after it ended by itself', async () => {
    const { servers, delays, report } = startServers();
    servers[0]?.fail();
    await settle();
    expect(report).toHaveBeenCalledOnce();
    expect(delays.map(({ ms }) => ms)).toEqual([500]);
    expect(servers).toHaveLength(1);
    delays[0]?.end();
    await settle();
    expect(servers).toHaveLength(2);
    servers[1]?.fail();
    await settle();
    delays[1]?.end();
    await settle();
    expect(servers).toHaveLength(3);
    expect(report).toHaveBeenCalledTimes(2);
  });

  it('retries until the server can listen', async () => {
    const { servers, failures, delays, report } = startServers();
    failures.push(NO_DESCRIPTOR, NO_DESCRIPTOR);
    servers[0]?.fail();
    for (let turn = 0; turn < 3; turn += 1) {
      await settle();
      delays[turn]?.end();
    }
    await settle();
    expect(servers).toHaveLength(2);
    expect(report).toHaveBeenCalledTimes(3);
  });

  it('shuts down the newest server, and does not restart it', async () => {
    const { servers, delays, stop } = startServers();
    servers[0]?.fail();
    await settle();
    delays[0]?.end();
    await settle();
    await stop();
    expect(servers[1]?.shutdown).toHaveBeenCalledOnce();
    await settle();
    expect(delays).toHaveLength(1);
    expect(servers).toHaveLength(2);
  });

  it('does not start a server if it is stopped before a restart', async () => {
    const { servers, delays, stop } = startServers();
    servers[0]?.fail();
    await settle();
    await stop();
    delays[0]?.end();
    await settle();
    expect(servers).toHaveLength(1);
  });

  it('throws the error of the first start', () => {
    const listen = () => {
      throw NO_DESCRIPTOR;
    };
    expect(() => keepListening({ listen, report() {}, sleep: () => Promise.resolve() })).toThrow(
      NO_DESCRIPTOR,
    );
  });
});
