import type { CacheApi } from '@room-recordings/http-cache';
import { expect, test } from 'vitest';
import { createTestEdge } from '../support/test-edge.ts';
import { RECORDING, ROOM_SID, SID } from '../support/recording.ts';

const HINT =
  'The stored format has changed, and entries outlive a deployment. Increase STORED_VERSION in src/recordings/tiered-store.ts, then update this test.';

const RECORDING_URL = `https://recordings.example.com/v1/Rooms/${ROOM_SID}/Recordings/${SID}`;

/** The cache key, which contains the version. */
const KEY = `https://edge.invalid/2/twilio/https%3A%2F%2Fvideo.twilio.com/SK1/https%3A%2F%2Frecordings.example.com/${ROOM_SID}/${SID}`;

/** The entry of that version after its first four bytes: the metadata, then the body. */
const METADATA = [
  '{"variants":[{"status":200,"headers":[',
  '["cache-control","public, max-age=300, stale-while-revalidate=600, stale-if-error=3600"],',
  '["content-length","755"],["content-type","application/json"],["date","Mon, 02 Mar 2026 10:00:00 GMT"],',
  '["etag","W/\\"5498ebd01f3425abea317bdbbfeeb336\\""]],',
  '"body":755,"cacheStatus":"","storedAt":1772445600000,"initialAge":0,"lifetime":300,',
  '"staleWhileRevalidate":600,"staleIfError":3600,"vary":[],',
  '"etag":"W/\\"5498ebd01f3425abea317bdbbfeeb336\\"","lastModified":null}]}',
].join('');
const BODY = [
  `{"account_sid":"AC${'a'.repeat(32)}","status":"completed","date_created":"2026-03-02T09:00:00Z","sid":"${SID}",`,
  `"source_sid":"MT${'a'.repeat(32)}","size":105956,"url":"${RECORDING_URL}","type":"audio","duration":3,`,
  `"container_format":"mka","codec":"OPUS","grouping_sids":{"room_sid":"${ROOM_SID}"},"track_name":"microphone",`,
  `"offset":155137307765,"media_external_location":null,"room_sid":"${ROOM_SID}",`,
  `"links":{"media":"${RECORDING_URL}/Media"}}`,
].join('');

test('the stored format has not changed without a new STORED_VERSION', async () => {
  const stored: (readonly [url: string, text: string])[] = [];
  const cacheApi: CacheApi = {
    match: () => Promise.resolve(undefined),
    put: async (key, response) => void stored.push([new Request(key).url, await response.text()]),
    delete: () => Promise.resolve(false),
  };
  const twilio = { RECORDINGS_SOURCE: 'twilio', TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 'secret' };
  const { request, waitForBackground } = createTestEdge(() => Promise.resolve(RECORDING), twilio, {
    cacheApi,
  });
  await request();
  await waitForBackground();
  const entries = stored.map(([url, text]) => [
    decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? ''),
    text.slice(4),
  ]);
  expect(entries, HINT).toEqual([[KEY, METADATA + BODY]]);
});
