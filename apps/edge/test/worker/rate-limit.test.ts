import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import { importFreshWorker } from './fresh-worker.ts';

const VARIABLES = {
  ACCESS: 'public',
  RECORDINGS_SOURCE: 'twilio',
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: 'secret',
  ALLOWED_ORIGINS: '*',
  LOG_LEVEL: 'error',
};

let entries: unknown[];

beforeEach(() => {
  entries = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => entries.push(JSON.parse(line)));
  vi.spyOn(globalThis, 'fetch').mockImplementation(() =>
    Promise.resolve(Response.json({ code: 20404 }, { status: 404 })),
  );
});

/** Creates a request as Cloudflare forwards it for a client. */
function createRequest(client: string, path: string = PATH, headers: Record<string, string> = {}): Request {
  return new Request(PUBLIC_URL + path, { headers: { 'CF-Connecting-IP': client, ...headers } });
}

describe('a Worker with the binding RATE_LIMITER', () => {
  it('responds 429 with Retry-After above the limit of the binding', async () => {
    const worker = await importFreshWorker();
    // wrangler.jsonc has no rate limiter. The one of vitest.worker.config.ts allows two requests per minute.
    const bindings = { ...VARIABLES, RATE_LIMITER: env.TWO_A_MINUTE };
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      statuses.push((await worker.fetch(createRequest('192.0.2.1'), bindings)).status);
    }
    expect(statuses).toEqual([404, 404, 429]);
    const rejected = await worker.fetch(createRequest('192.0.2.1'), bindings);
    expect(rejected.headers.get('Retry-After')).toBe('10');
    expect(rejected.headers.get('Cache-Control')).toBe('no-store');
    expect(rejected.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(await rejected.json()).toMatchObject({ error: 'rate_limited', code: 20429 });
    expect((await worker.fetch(createRequest('192.0.2.2'), bindings)).status).toBe(404);
    expect((await worker.fetch(createRequest('192.0.2.1', '/healthz'), bindings)).status).toBe(200);
  });

  it('identifies clients by CF-Connecting-IP only, and IPv6 clients by their /64 prefix', async () => {
    const limit = vi.fn(() => Promise.resolve({ success: true }));
    const worker = await importFreshWorker();
    const bindings = { ...VARIABLES, RATE_LIMITER: { limit } };
    const forged = { 'X-Forwarded-For': '10.6.6.6', 'X-Real-IP': '10.6.6.6' };
    await worker.fetch(createRequest('192.0.2.1', PATH, forged), bindings);
    await worker.fetch(createRequest('2001:db8:1:2::7', PATH, forged), bindings);
    expect(limit.mock.calls).toEqual([[{ key: '192.0.2.1' }], [{ key: '2001:db8:1:2::/64' }]]);
  });

  it('counts neither preflights nor /healthz, /errors and unknown paths', async () => {
    const limit = vi.fn(() => Promise.resolve({ success: false }));
    const worker = await importFreshWorker();
    const bindings = { ...VARIABLES, RATE_LIMITER: { limit } };
    await worker.fetch(new Request(createRequest('192.0.2.1'), { method: 'OPTIONS' }), bindings);
    for (const path of ['/healthz', '/errors', '/nothing', `${PATH}.json`]) {
      await worker.fetch(createRequest('192.0.2.1', path), bindings);
    }
    expect(limit).not.toHaveBeenCalled();
    expect((await worker.fetch(createRequest('192.0.2.1'), bindings)).status).toBe(429);
  });

  it('counts only the first request of a media URL', async () => {
    const limit = vi.fn(() => Promise.resolve({ success: true }));
    const worker = await importFreshWorker();
    const bindings = { ...VARIABLES, RATE_LIMITER: { limit } };
    for (let count = 0; count < 3; count += 1) {
      await worker.fetch(createRequest('192.0.2.1', `${PATH}/Media`), bindings);
    }
    expect(limit.mock.calls).toEqual([[{ key: '192.0.2.1' }]]);
  });

  it('does not limit requests if the binding fails, and logs the error', async () => {
    const limit = vi.fn(() => Promise.reject(new Error('canary-5f3e')));
    const worker = await importFreshWorker();
    const response = await worker.fetch(createRequest('192.0.2.1'), {
      ...VARIABLES,
      RATE_LIMITER: { limit },
    });
    expect(response.status).toBe(404);
    expect(entries).toMatchObject([{ level: 'error', event: 'rate_limit.binding_failed', error: 'Error' }]);
    expect(JSON.stringify(entries)).not.toContain('canary');
  });
});
