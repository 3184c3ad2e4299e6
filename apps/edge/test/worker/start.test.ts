import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FIRST_PATH } from '../../scripts/seed.ts';
import { freshWorker } from './fresh-worker.ts';

const TWILIO = {
  ACCESS: 'public',
  RECORDINGS_SOURCE: 'twilio',
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: 'secret',
};
const ORIGIN = 'https://recordings.example.com';

/** What was said loudly. */
let told: string[];

beforeEach(() => {
  told = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => told.push(line));
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});

describe('a Worker that was deployed with unusable settings', () => {
  it.each([
    [
      'nothing said',
      {},
      'Set ACCESS to public, or to any of twilio-token, jwt and signed-url. Set RECORDINGS_SOURCE to archive or twilio.',
    ],
    [
      'an invalid setting',
      { ACCESS: 'everyone' },
      'ACCESS must be public, or a comma-separated list of twilio-token, jwt and signed-url.',
    ],
    [
      'no credentials',
      { ACCESS: 'public', RECORDINGS_SOURCE: 'twilio' },
      'RECORDINGS_SOURCE=twilio requires TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.',
    ],
    [
      'no database',
      { ACCESS: 'public', RECORDINGS_SOURCE: 'archive' },
      'RECORDINGS_SOURCE=archive requires the D1 binding DB: deploy with --env archive.',
    ],
    [
      'the other runtimes’ rate limit',
      { ...TWILIO, RATE_LIMIT: '600/60' },
      'RATE_LIMIT has no effect on Workers: remove it, and bind RATE_LIMITER with ratelimits in wrangler.jsonc.',
    ],
    [
      'a rate limit that is none',
      { ...TWILIO, RATE_LIMIT: '600' },
      'RATE_LIMIT must be requests/seconds such as 600/60, each at least 1.',
    ],
    [
      'the other runtimes’ name of the caller',
      { ...TWILIO, CLIENT_IP_HEADER: 'X-Real-IP' },
      'CLIENT_IP_HEADER has no effect on Workers: remove it, because Cloudflare sets CF-Connecting-IP.',
    ],
    [
      'a variable for a rate limiter',
      { ...TWILIO, RATE_LIMITER: '600/60' },
      'RATE_LIMITER must be a rate limiter: bind one with ratelimits in wrangler.jsonc.',
    ],
    [
      'everyone with credentials',
      { ...TWILIO, ALLOWED_ORIGINS: '*', ALLOW_CREDENTIALS: 'true' },
      'ALLOW_CREDENTIALS=true requires a list of origins: replace the * in ALLOWED_ORIGINS.',
    ],
  ])('answers reads with 503 and what to set: %s', async (_what, bindings, detail) => {
    const worker = await freshWorker();
    const quiet = { LOG_LEVEL: 'silent', ...bindings };
    const read = await worker.fetch(new Request(ORIGIN + FIRST_PATH), quiet);
    const health = await worker.fetch(new Request(`${ORIGIN}/healthz`), quiet);
    expect(read.status).toBe(503);
    expect(await read.json()).toMatchObject({ error: 'misconfigured', detail });
    expect(told).toEqual([`misconfigured: ${detail}`]);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: 'misconfigured' });
  });
});

describe('a Worker', () => {
  it('warns of a misspelt variable once, without its value, and of no binding', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const worker = await freshWorker();
    const bindings = {
      ...env,
      RATE_LIMITER: { limit: async () => ({ success: true }) },
      ALLOWED_ORIGIN: 'canary',
    };
    for (const path of ['/healthz', '/errors']) await worker.fetch(new Request(ORIGIN + path), bindings);
    expect(warned.mock.calls).toEqual([
      ['The variable ALLOWED_ORIGIN is not a setting and has no effect. Did you mean ALLOWED_ORIGINS?'],
    ]);
  });

  it('reads from Twilio with nothing but credentials bound', async () => {
    const upstream = vi
      .spyOn(globalThis, 'fetch')
      .mockResolvedValue(Response.json({ code: 20404 }, { status: 404 }));
    const worker = await freshWorker();
    const response = await worker.fetch(new Request(ORIGIN + FIRST_PATH), { ...TWILIO, LOG_LEVEL: 'silent' });
    expect(response.status).toBe(404);
    expect(upstream).toHaveBeenCalledOnce();
    expect(upstream.mock.calls[0]?.[0]).toBe(`https://video.twilio.com${FIRST_PATH}`);
  });

  it('logs each request as one line of JSON', async () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
    const worker = await freshWorker();
    await worker.fetch(new Request(`${ORIGIN}/healthz`), { ...env, LOG_LEVEL: 'info' });
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ route: 'healthz', status: 200 }]);
  });
});
