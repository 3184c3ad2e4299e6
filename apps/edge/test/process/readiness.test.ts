import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOM_SID } from '../support/recording.ts';
import { findFreePort, getStartCommand, start } from './edge-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'readiness-'));
let twilio: Server;
let calls = 0;
let status = 401;

beforeAll(async () => {
  twilio = createServer((_request, response) => {
    calls += 1;
    response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' }).end('{"code":1}');
  }).listen(0, '127.0.0.1');
  await once(twilio, 'listening');
});

afterAll(() => {
  twilio.close();
  twilio.closeAllConnections();
  rmSync(folder, { recursive: true });
});

describe.each(['start:node', 'start:bun', 'start:deno', 'start:workerd'] as const)(
  '/readyz of %s',
  (script) => {
    /** Starts the edge in front of a Twilio that responds to every request with this status. */
    async function startEdge(twilioStatus: number) {
      status = twilioStatus;
      const port = await findFreePort();
      const environment = {
        RECORDINGS_SOURCE: 'twilio',
        ACCESS: 'public',
        PUBLIC_URL: 'https://recordings.example.com',
        LOG_LEVEL: 'silent',
        TWILIO_API_KEY: 'SK1',
        TWILIO_API_SECRET: 'secret',
        // A server that listens on TCP has an address of this type.
        TWILIO_BASE_URL: `http://127.0.0.1:${(twilio.address() as AddressInfo).port}`,
        PORT: String(port),
        DENO_DIR: join(folder, 'deno'),
      };
      const edge = await start(getStartCommand(script), environment, 'listening on');
      const request = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
      return {
        request,
        read: (nth: number) => request(`/v1/Rooms/${ROOM_SID}/Recordings/RT${String(nth).padStart(32, '0')}`),
        stop: () => edge.stop(),
      };
    }

    /** Returns the responses of /readyz and /healthz, and asserts that they cause no call to Twilio. */
    async function probe({ request }: Awaited<ReturnType<typeof startEdge>>) {
      const before = calls;
      const [ready, health] = [await request('/readyz'), await request('/healthz')];
      expect(calls).toBe(before);
      expect([ready.status, ready.headers.get('Cache-Control'), health.status]).toEqual([
        200,
        'no-store',
        200,
      ]);
      return ready.json();
    }

    it('is degraded if Twilio rejects the credentials, and /healthz stays 200', async () => {
      const edge = await startEdge(401);
      expect(await probe(edge)).toEqual({ status: 'ready', reasons: [] });
      expect((await edge.read(1)).status).toBe(502);
      expect(await probe(edge)).toEqual({ status: 'degraded', reasons: ['credentials_refused'] });
      await edge.stop();
    });

    it('is degraded while the circuit breaker is open, and /healthz stays 200', async () => {
      const edge = await startEdge(500);
      const statuses = new Set<number>();
      // The circuit breaker needs 20 calls in its window before it can open.
      for (const nth of Array.from({ length: 25 }).keys()) statuses.add((await edge.read(nth)).status);
      expect(statuses).toEqual(new Set([502, 503]));
      expect(await probe(edge)).toEqual({ status: 'degraded', reasons: ['circuit_open'] });
      await edge.stop();
    });
  },
);
