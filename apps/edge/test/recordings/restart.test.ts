import { RecordingsError } from '@room-recordings/core';
import type { CacheApi, CacheStore, CacheEntry, StoredResponse } from '@room-recordings/http-cache';
import { describe, expect, it } from 'vitest';
import { createEntryClamp, DEFAULT_CACHE_LIFETIMES } from '../../src/recordings/cache-control.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { createTieredStore } from '../../src/recordings/tiered-store.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { PATH, RECORDING } from '../support/recording.ts';

const TWILIO = { RECORDINGS_SOURCE: 'twilio', TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 'secret' };

/** A Cache API that outlives the edges in front of it. */
function createCacheApi(): CacheApi {
  const kept = new Map<string, Response>();
  return {
    match: (url) => Promise.resolve(kept.get(new Request(url).url)?.clone()),
    put: (url, response) => Promise.resolve(void kept.set(new Request(url).url, response)),
    delete: (url) => Promise.resolve(kept.delete(new Request(url).url)),
  };
}

type Variables = Readonly<Record<string, string>>;

/** A machine on which an edge is started again and again; each start reads the recording once. */
function createMachine() {
  const clock = createFakeClock();
  const cacheApi = createCacheApi();
  return {
    clock,
    async startAndRead(
      variables: Variables = {},
      read: RecordingSource['read'] = () => Promise.resolve(RECORDING),
    ) {
      const outside = { cacheApi, now: clock.now, sleep: clock.sleep };
      const edge = createTestEdge(read, { ...TWILIO, ...variables }, outside);
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

const ONE_HOUR = { LIFETIME_COMPLETED: '3600/0/3600' };
const failing: RecordingSource['read'] = () => Promise.reject(new RecordingsError('network', 'down'));
const refusing: RecordingSource['read'] = () =>
  Promise.reject(new RecordingsError('unauthorized', 'no', { status: 401 }));

describe('an entry that an earlier process has stored', () => {
  it('is fresh for no longer than a shorter LIFETIME_COMPLETED allows', async () => {
    const machine = createMachine();
    await machine.startAndRead(ONE_HOUR);
    machine.clock.skip(5_000);
    expect(await machine.startAndRead({ LIFETIME_COMPLETED: '60/0/0' })).toEqual({
      status: 200,
      calls: 0,
      cacheStatus: 'room-recordings; hit; ttl=55',
      cacheControl: 'public, max-age=60',
    });
    expect(await machine.startAndRead({ LIFETIME_COMPLETED: '1/0/0' })).toMatchObject({
      calls: 1,
      cacheStatus: 'room-recordings; fwd=stale; fwd-status=200; stored',
      cacheControl: 'public, max-age=1',
    });
  });

  it('is not served stale for longer than shorter settings allow', async () => {
    for (const [settings, status] of [
      ['1/0/9', 502],
      ['1/9/0', 502],
      ['1/0/10', 200],
      ['1/10/0', 200],
    ] as const) {
      const machine = createMachine();
      await machine.startAndRead({ LIFETIME_COMPLETED: '3600/3600/3600' });
      machine.clock.skip(10_000);
      const restarted = await machine.startAndRead({ LIFETIME_COMPLETED: settings }, failing);
      expect([settings, restarted.status]).toEqual([settings, status]);
    }
  });

  it('keeps its own lifetimes if the settings are longer, so that an outage is bridged', async () => {
    const machine = createMachine();
    await machine.startAndRead({ LIFETIME_COMPLETED: '60/0/600' });
    machine.clock.skip(659_000);
    const restarted = await machine.startAndRead({ LIFETIME_COMPLETED: '3600/3600/3600' }, failing);
    expect(restarted).toMatchObject({ status: 200, cacheControl: 'public, max-age=60, stale-if-error=600' });
    machine.clock.skip(1_000);
    expect(await machine.startAndRead({ LIFETIME_COMPLETED: '3600/3600/3600' }, failing)).toMatchObject({
      status: 502,
    });
  });

  it.each([
    { status: 'processing' },
    { status: 'completed' },
    { status: 'failed' },
    { status: 'deleted' },
  ] as const)('is limited by the setting of its own status: $status', async ({ status }) => {
    const machine = createMachine();
    const name = `LIFETIME_${status.toUpperCase()}`;
    const read = () => Promise.resolve({ ...RECORDING, status });
    const others = ['PROCESSING', 'COMPLETED', 'FAILED', 'DELETED'].filter((one) => !name.endsWith(one));
    const shorter = Object.fromEntries(others.map((one) => [`LIFETIME_${one}`, '0/0/0']));
    await machine.startAndRead({ [name]: '3600/0/0' }, read);
    machine.clock.skip(2_000);
    expect(await machine.startAndRead({ ...shorter, [name]: '3600/0/0' }, read)).toMatchObject({
      calls: 0,
    });
    expect(await machine.startAndRead({ [name]: '2/0/0' }, read)).toMatchObject({ calls: 1 });
  });

  it.each([
    { setting: 'HIDDEN_FIELDS', variables: { HIDDEN_FIELDS: 'track_name' } },
    { setting: 'PUBLIC_URL', variables: { PUBLIC_URL: 'https://other.example.com' } },
    { setting: 'TWILIO_ACCOUNT_SID', variables: { TWILIO_ACCOUNT_SID: `AC${'b'.repeat(32)}` } },
    { setting: 'TWILIO_BASE_URL', variables: { TWILIO_BASE_URL: 'https://video.ie1.twilio.com' } },
    { setting: 'TWILIO_API_KEY without an account', variables: { TWILIO_API_KEY: 'SK2' } },
    { setting: 'RECORDINGS_SOURCE', variables: { RECORDINGS_SOURCE: 'archive' } },
  ])('is not used after another $setting', async ({ variables }) => {
    const machine = createMachine();
    await machine.startAndRead();
    expect(await machine.startAndRead(variables)).toMatchObject({ status: 200, calls: 1 });
    expect(await machine.startAndRead()).toMatchObject({ status: 200, calls: 0 });
  });

  it.each([
    { setting: 'STALE_ON_UPSTREAM_AUTH', variables: { STALE_ON_UPSTREAM_AUTH: 'true' } },
    { setting: 'ALLOWED_ORIGINS', variables: { ALLOWED_ORIGINS: '*' } },
    { setting: 'CACHE_STATUS', variables: { CACHE_STATUS: 'false' } },
    { setting: 'CACHE_MAX_BYTES', variables: { CACHE_MAX_BYTES: '65536' } },
  ])('is still used after another $setting, which changes no stored byte', async ({ variables }) => {
    const machine = createMachine();
    await machine.startAndRead();
    expect(await machine.startAndRead(variables)).toMatchObject({ status: 200, calls: 0 });
  });

  it('is served stale for refused credentials only if STALE_ON_UPSTREAM_AUTH is true now', async () => {
    const machine = createMachine();
    await machine.startAndRead({ STALE_ON_UPSTREAM_AUTH: 'true' });
    machine.clock.skip(901_000);
    expect(await machine.startAndRead({ STALE_ON_UPSTREAM_AUTH: 'true' }, refusing)).toMatchObject({
      status: 200,
    });
    expect(await machine.startAndRead({ STALE_ON_UPSTREAM_AUTH: 'false' }, refusing)).toMatchObject({
      status: 502,
    });
  });
});

describe('limitEntryTo()', () => {
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

  it('limits each variant, and changes neither its body nor its age', () => {
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
    { name: 'a lifetime that has no recording', change: { body: encode('{"status":"notFound"}') } },
    { name: 'a name of every object', change: { body: encode('{"status":"constructor"}') } },
  ])('returns undefined for an entry with $name', ({ change }) => {
    expect(limit({ variants: [stored, { ...stored, ...change }] })).toBeUndefined();
  });

  it('an entry that may not be used is a miss of the store', async () => {
    const clock = createFakeClock();
    const cacheApi = createCacheApi();
    const entry: CacheEntry = { variants: [{ ...stored, storedAt: clock.now(), body: encode('[]') }] };
    const before: CacheStore = createTieredStore(2 ** 20, cacheApi, clock);
    await before.set('https://edge.invalid/key', entry);
    const after = createTieredStore(2 ** 20, cacheApi, clock, limit);
    expect(await after.get('https://edge.invalid/key')).toBeUndefined();
  });
});
