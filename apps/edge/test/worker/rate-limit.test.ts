import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import { freshWorker } from './fresh-worker.ts';

const READABLE = {
  ACCESS: 'public',
  RECORDINGS_SOURCE: 'twilio',
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: 'secret',
  ALLOWED_ORIGINS: '*',
  LOG_LEVEL: 'error',
};

let told: unknown[];

beforeEach(() => {
  told = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => told.push(JSON.parse(line)));
  vi.spyOn(globalThis, 'fetch').mockImplementation(() =>
    Promise.resolve(Response.json({ code: 20404 }, { status: 404 })),
  );
});

/** Asks as Cloudflare does on behalf of a caller. */
function requestOf(caller: string, path: string = PATH, fields: Record<string, string> = {}): Request {
  return new Request(PUBLIC_URL + path, { headers: { 'CF-Connecting-IP': caller, ...fields } });
}

describe('a Worker that RATE_LIMITER is bound to', () => {
  it('answers 429 with Retry-After to who asks more often than the binding lets', async () => {
    const worker = await freshWorker();
    // wrangler.jsonc binds none: the tests' configuration has one that lets two through in a minute.
    const bindings = { ...READABLE, RATE_LIMITER: env.TWO_A_MINUTE };
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      statuses.push((await worker.fetch(requestOf('192.0.2.1'), bindings)).status);
    }
    expect(statuses).toEqual([404, 404, 429]);
    const refused = await worker.fetch(requestOf('192.0.2.1'), bindings);
    expect(refused.headers.get('Retry-After')).toBe('10');
    expect(refused.headers.get('Cache-Control')).toBe('no-store');
    expect(refused.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(await refused.json()).toMatchObject({ error: 'rate_limited', code: 20429 });
    expect((await worker.fetch(requestOf('192.0.2.2'), bindings)).status).toBe(404);
    expect((await worker.fetch(requestOf('192.0.2.1', '/healthz'), bindings)).status).toBe(200);
  });

  it('names the caller by what Cloudflare says alone, and IPv6 by its /64', async () => {
    const limit = vi.fn(() => Promise.resolve({ success: true }));
    const worker = await freshWorker();
    const bindings = { ...READABLE, RATE_LIMITER: { limit } };
    const forged = { 'X-Forwarded-For': '10.6.6.6', 'X-Real-IP': '10.6.6.6' };
    await worker.fetch(requestOf('192.0.2.1', PATH, forged), bindings);
    await worker.fetch(requestOf('2001:db8:1:2::7', PATH, forged), bindings);
    expect(limit.mock.calls).toEqual([[{ key: '192.0.2.1' }], [{ key: '2001:db8:1:2::/64' }]]);
  });

  it('counts neither preflights nor /healthz nor what leads nowhere', async () => {
    const limit = vi.fn(() => Promise.resolve({ success: false }));
    const worker = await freshWorker();
    const bindings = { ...READABLE, RATE_LIMITER: { limit } };
    await worker.fetch(new Request(requestOf('192.0.2.1'), { method: 'OPTIONS' }), bindings);
    for (const path of ['/healthz', '/errors', '/nothing', `${PATH}.json`]) {
      await worker.fetch(requestOf('192.0.2.1', path), bindings);
    }
    expect(limit).not.toHaveBeenCalled();
    expect((await worker.fetch(requestOf('192.0.2.1'), bindings)).status).toBe(429);
  });

  it('goes on reading where the binding fails, and says so', async () => {
    const limit = vi.fn(() => Promise.reject(new Error('canary-5f3e')));
    const worker = await freshWorker();
    const response = await worker.fetch(requestOf('192.0.2.1'), { ...READABLE, RATE_LIMITER: { limit } });
    expect(response.status).toBe(404);
    expect(told).toMatchObject([{ level: 'error', event: 'rate_limit.binding_failed', error: 'Error' }]);
    expect(JSON.stringify(told)).not.toContain('canary');
  });
});
