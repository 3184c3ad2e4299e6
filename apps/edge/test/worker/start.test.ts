import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FIRST_PATH } from '../../scripts/seed.ts';
import { importFreshWorker } from './fresh-worker.ts';

const TWILIO = {
  ACCESS: 'public',
  RECORDINGS_SOURCE: 'twilio',
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: 'secret',
};
const ORIGIN = 'https://recordings.example.com';

/** The lines that the Worker wrote to console.error. */
let errors: string[];

beforeEach(() => {
  errors = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => errors.push(line));
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});

describe('a Worker with invalid settings', () => {
  it.each([
    {
      name: 'no settings',
      bindings: {},
      detail:
        'Set ACCESS to public, or to any of twilio-token, jwt and signed-url. Set RECORDINGS_SOURCE to archive or twilio.',
    },
    {
      name: 'an invalid setting',
      bindings: { ACCESS: 'everyone' },
      detail: 'ACCESS must be public, or a comma-separated list of twilio-token, jwt and signed-url.',
    },
    {
      name: 'missing credentials',
      bindings: { ACCESS: 'public', RECORDINGS_SOURCE: 'twilio' },
      detail:
        'RECORDINGS_SOURCE=twilio requires TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.',
    },
    {
      name: 'a missing database',
      bindings: { ACCESS: 'public', RECORDINGS_SOURCE: 'archive' },
      detail: 'RECORDINGS_SOURCE=archive requires the D1 binding DB: deploy with --env archive.',
    },
    {
      name: 'the rate limit of the other runtimes',
      bindings: { ...TWILIO, RATE_LIMIT: '600/60' },
      detail:
        'RATE_LIMIT has no effect on Workers: remove it, and bind RATE_LIMITER with ratelimits in wrangler.jsonc.',
    },
    {
      name: 'an invalid rate limit',
      bindings: { ...TWILIO, RATE_LIMIT: '600' },
      detail: 'RATE_LIMIT must be requests/seconds such as 600/60, each at least 1.',
    },
    {
      name: 'the client address header of the other runtimes',
      bindings: { ...TWILIO, CLIENT_IP_HEADER: 'X-Real-IP' },
      detail:
        'CLIENT_IP_HEADER has no effect on Workers: remove it, because Cloudflare sets CF-Connecting-IP.',
    },
    {
      name: 'a variable instead of a rate limiter',
      bindings: { ...TWILIO, RATE_LIMITER: '600/60' },
      detail: 'RATE_LIMITER must be a rate limiter: bind one with ratelimits in wrangler.jsonc.',
    },
    {
      name: 'a variable instead of a bucket',
      bindings: { ...TWILIO, MEDIA_BUCKET: 'room-recordings' },
      detail: 'MEDIA_BUCKET must be an R2 bucket: bind one with r2_buckets in wrangler.jsonc.',
    },
    {
      name: 'credentials for every origin',
      bindings: { ...TWILIO, ALLOWED_ORIGINS: '*', ALLOW_CREDENTIALS: 'true' },
      detail: 'ALLOW_CREDENTIALS=true requires a list of origins: replace the * in ALLOWED_ORIGINS.',
    },
  ])('responds to reads with 503 and the setting to correct: $name', async ({ bindings, detail }) => {
    const worker = await importFreshWorker();
    const silentBindings = { LOG_LEVEL: 'silent', ...bindings };
    const read = await worker.fetch(new Request(ORIGIN + FIRST_PATH), silentBindings);
    const health = await worker.fetch(new Request(`${ORIGIN}/healthz`), silentBindings);
    expect(read.status).toBe(503);
    expect(await read.json()).toMatchObject({ error: 'misconfigured', detail });
    expect(errors).toEqual([`misconfigured: ${detail}`]);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: 'misconfigured' });
  });
});

describe('a Worker', () => {
  it('warns once about a misspelt variable, without its value, and not about bindings', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const worker = await importFreshWorker();
    const bindings = {
      ...env,
      RATE_LIMITER: { limit: async () => ({ success: true }) },
      ALLOWED_ORIGIN: 'canary',
    };
    for (const path of ['/healthz', '/errors']) await worker.fetch(new Request(ORIGIN + path), bindings);
    expect(warn.mock.calls).toEqual([
      ['The variable ALLOWED_ORIGIN is not a setting and has no effect. Did you mean ALLOWED_ORIGINS?'],
    ]);
  });

  it('reads from Twilio if only the credentials are bound', async () => {
    const upstream = vi
      .spyOn(globalThis, 'fetch')
      .mockResolvedValue(Response.json({ code: 20404 }, { status: 404 }));
    const worker = await importFreshWorker();
    const response = await worker.fetch(new Request(ORIGIN + FIRST_PATH), { ...TWILIO, LOG_LEVEL: 'silent' });
    expect(response.status).toBe(404);
    expect(upstream).toHaveBeenCalledOnce();
    expect(upstream.mock.calls[0]?.[0]).toBe(`https://video.twilio.com${FIRST_PATH}`);
  });

  it('logs each request as one line of JSON', async () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
    const worker = await importFreshWorker();
    await worker.fetch(new Request(`${ORIGIN}/healthz`), { ...env, LOG_LEVEL: 'info' });
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ route: 'healthz', status: 200 }]);
  });
});
