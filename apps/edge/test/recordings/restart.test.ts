import type { CacheApi, CacheStore, CacheEntry, StoredResponse } from '@room-recordings/http-cache';
import { describe, expect, it } from 'vitest';
import { createEntryClamp, DEFAULT_CACHE_LIFETIMES } from '../../src/recordings/cache-control.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { createTieredStore } from '../../src/recordings/tiered-store.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { PATH, RECORDING } from '../support/recording.ts';
import { failToConnect, failWithStatus } from '../support/fake-source.ts';

const TWILIO = { RECORDINGS_SOURCE: 'twilio', TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 'secret' };

/** Creates a Cache API that outlives the edges that use it. */
function createCacheApi(): CacheApi {
  const responses = new Map<string, Response>();
  return {
    match: (url) => Promise.resolve(responses.get(new Request(url).url)?.clone()),
    put: (url, response) => Promise.resolve(void responses.set(new Request(url).url, response)),
    delete: (url) => Promise.resolve(responses.delete(new Request(url).url)),
  };
}

type Variables = Readonly<Record<string, string>>;

/** Creates a host with one Cache API. Each `startAndRead()` starts a new edge on it and requests the recording once. */
function createHost() {
  const clock = createFakeClock();
  const cacheApi = createCacheApi();
  return {
    clock,
    async startAndRead(
      variables: Variables = {},
      read: RecordingSource['read'] = () => Promise.resolve(RECORDING),
    ) {
      const services = { cacheApi, now: clock.now, sleep: clock.sleep };
      const edge = createTestEdge(read, { ...TWILIO, ...variables }, services);
      const { status, headers } = await edge.request(PATH);
      await edge.waitForBackground();
      return {
        status,
        calls: edge.reads.length,
        cacheStatus: headers.get('Cache-Status'),
        cacheControl: headers.get('Cache-Control'),
      };
    },
  };
}

const rejectCredentials = failWithStatus(401, 'unauthorized');
const ONE_HOUR = { LIFETIME_COMPLETED: '3600/0/3600' };

describe('an entry that an earlier process stored', () => {
  it('is not fresh for longer than the current LIFETIME_COMPLETED', async () => {
    const host = createHost();
    await host.startAndRead(ONE_HOUR);
    host.clock.skip(5_000);
    expect(await host.startAndRead({ LIFETIME_COMPLETED: '60/0/0' })).toEqual({
      status: 200,
      calls: 0,
      cacheStatus: 'room-recordings; hit; ttl=55',
      cacheControl: 'public, max-age=60',
    });
    expect(await host.startAndRead({ LIFETIME_COMPLETED: '1/0/0' })).toMatchObject({
      calls: 1,
      cacheStatus: 'room-recordings; fwd=stale; fwd-status=200; stored',
      cacheControl: 'public, max-age=1',
    });
  });

  it('is not served stale for longer than the current LIFETIME_COMPLETED', async () => {
    for (const [settings, status] of [
      ['1/0/9', 502],
      ['1/9/0', 502],
      ['1/0/10', 200],
      ['1/10/0', 200],
    ] as const) {
      const host = createHost();
      await host.startAndRead({ LIFETIME_COMPLETED: '3600/3600/3600' });
      host.clock.skip(10_000);
      const restarted = await host.startAndRead({ LIFETIME_COMPLETED: settings }, failToConnect);
      expect([settings, restarted.status]).toEqual([settings, status]);
    }
  });

  it('keeps its own lifetimes if the current ones are longer', async () => {
    const host = createHost();
    await host.startAndRead({ LIFETIME_COMPLETED: '60/0/600' });
    host.clock.skip(659_000);
    const restarted = await host.startAndRead({ LIFETIME_COMPLETED: '3600/3600/3600' }, failToConnect);
    expect(restarted).toMatchObject({ status: 200, cacheControl: 'public, max-age=60, stale-if-error=600' });
    host.clock.skip(1_000);
    expect(await host.startAndRead({ LIFETIME_COMPLETED: '3600/3600/3600' }, failToConnect)).toMatchObject({
      status: 502,
    });
  });

  it.each([
    { status: 'processing' },
    { status: 'completed' },
    { status: 'failed' },
    { status: 'deleted' },
  ] as const)('is limited by the setting of its own status: $status', async ({ status }) => {
    const host = createHost();
    const name = `LIFETIME_${status.toUpperCase()}`;
    const read = () => Promise.resolve({ ...RECORDING, status });
    const others = ['PROCESSING', 'COMPLETED', 'FAILED', 'DELETED'].filter((other) => !name.endsWith(other));
    const shorter = Object.fromEntries(others.map((other) => [`LIFETIME_${other}`, '0/0/0']));
    await host.startAndRead({ [name]: '3600/0/0' }, read);
    host.clock.skip(2_000);
    expect(await host.startAndRead({ ...shorter, [name]: '3600/0/0' }, read)).toMatchObject({
      calls: 0,
    });
    expect(await host.startAndRead({ [name]: '2/0/0' }, read)).toMatchObject({ calls: 1 });
  });

  it.each([
    { setting: 'HIDDEN_FIELDS', variables: { HIDDEN_FIELDS: 'track_name' } },
    { setting: 'PUBLIC_URL', variables: { PUBLIC_URL: 'https://other.example.com' } },
    { setting: 'TWILIO_ACCOUNT_SID', variables: { TWILIO_ACCOUNT_SID: `AC${'b'.repeat(32)}` } },
    { setting: 'TWILIO_BASE_URL', variables: { TWILIO_BASE_URL: 'https://video.ie1.twilio.com' } },
    { setting: 'TWILIO_API_KEY and no TWILIO_ACCOUNT_SID', variables: { TWILIO_API_KEY: 'SK2' } },
    { setting: 'RECORDINGS_SOURCE', variables: { RECORDINGS_SOURCE: 'archive' } },
  ])('is not used if the process has another $setting', async ({ variables }) => {
    const host = createHost();
    await host.startAndRead();
    expect(await host.startAndRead(variables)).toMatchObject({ status: 200, calls: 1 });
    expect(await host.startAndRead()).toMatchObject({ status: 200, calls: 0 });
  });

  it.each([
    { setting: 'STALE_ON_UPSTREAM_AUTH', variables: { STALE_ON_UPSTREAM_AUTH: 'true' } },
    { setting: 'ALLOWED_ORIGINS', variables: { ALLOWED_ORIGINS: '*' } },
    { setting: 'CACHE_STATUS', variables: { CACHE_STATUS: 'false' } },
    { setting: 'CACHE_MAX_BYTES', variables: { CACHE_MAX_BYTES: '65536' } },
  ])(
    'is used if the process has another $setting, on which the stored bytes do not depend',
    async ({ variables }) => {
      const host = createHost();
      await host.startAndRead();
      expect(await host.startAndRead(variables)).toMatchObject({ status: 200, calls: 0 });
    },
  );

  it('is served stale after rejected credentials only if STALE_ON_UPSTREAM_AUTH is true now', async () => {
    const host = createHost();
    await host.startAndRead({ STALE_ON_UPSTREAM_AUTH: 'true' });
    host.clock.skip(901_000);
    expect(await host.startAndRead({ STALE_ON_UPSTREAM_AUTH: 'true' }, rejectCredentials)).toMatchObject({
      status: 200,
    });
    expect(await host.startAndRead({ STALE_ON_UPSTREAM_AUTH: 'false' }, rejectCredentials)).toMatchObject({
      status: 502,
    });
  });
});

describe('createEntryClamp()', () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const stored: StoredResponse = {
    status: 200,
    headers: [
      ['cache-control', 'public, max-age=3600'],
      ['etag', 'W/"1"'],
    ],
    body: encode('{"status":"completed"}'),
    cacheStatus: '',
    storedAt: 1,
    initialAge: 2,
    lifetime: 3600,
    staleWhileRevalidate: 3600,
    staleIfError: 7200,
    vary: [],
    etag: 'W/"1"',
    lastModified: null,
  };
  const limit = createEntryClamp(DEFAULT_CACHE_LIFETIMES);

  it('limits the lifetimes of each variant and keeps its body and age', () => {
    const processing = { ...stored, body: encode('{"status":"processing"}') };
    expect(limit({ variants: [stored, processing] })).toEqual({
      variants: [
        {
          ...stored,
          headers: [
            ['cache-control', 'public, max-age=300, stale-while-revalidate=600, stale-if-error=3600'],
            ['etag', 'W/"1"'],
          ],
          lifetime: 300,
          staleWhileRevalidate: 600,
          staleIfError: 3600,
        },
        {
          ...processing,
          headers: [
            ['cache-control', 'public, max-age=5, stale-while-revalidate=5, stale-if-error=60'],
            ['etag', 'W/"1"'],
          ],
          lifetime: 5,
          staleWhileRevalidate: 5,
          staleIfError: 60,
        },
      ],
    });
  });

  it.each([
    { name: 'an error', change: { status: 404 } },
    { name: 'no body', change: { body: null } },
    { name: 'a body that is not JSON', change: { body: encode('{"status":"compl') } },
    { name: 'JSON that is not an object', change: { body: encode('null') } },
    { name: 'no status', change: { body: encode('{}') } },
    { name: 'a status that only names a lifetime', change: { body: encode('{"status":"notFound"}') } },
    {
      name: 'a property name of every object as its status',
      change: { body: encode('{"status":"constructor"}') },
    },
  ])('returns undefined for an entry with $name', ({ change }) => {
    expect(limit({ variants: [stored, { ...stored, ...change }] })).toBeUndefined();
  });

  it('makes the store ignore an entry that it rejects', async () => {
    const clock = createFakeClock();
    const cacheApi = createCacheApi();
    const entry: CacheEntry = { variants: [{ ...stored, storedAt: clock.now(), body: encode('[]') }] };
    const before: CacheStore = createTieredStore(2 ** 20, cacheApi, clock);
    await before.set('https://edge.invalid/key', entry);
    const after = createTieredStore(2 ** 20, cacheApi, clock, limit);
    expect(await after.get('https://edge.invalid/key')).toBeUndefined();
  });
});
