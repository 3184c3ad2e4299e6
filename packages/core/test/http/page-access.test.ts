import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../../src/client.ts';
import type { FetchLike } from '../../src/http/fetch.ts';
import { requested, example } from '../example.ts';

const EDGE = 'https://recordings.example.com';
const PAGE = 'https://app.example.com';
const HINT = `If the server is running, CORS blocks this page: add ${PAGE} to ALLOWED_ORIGINS of the edge.`;
const NULL_HINT =
  'If the server is running, CORS blocks this page: a sandboxed frame or a file has no origin that ALLOWED_ORIGINS can list. Serve the page from an origin.';
const NO_RESPONSE = 'No response was received.';
const NETWORK_MESSAGE = `${NO_RESPONSE} Check baseUrl and the network.`;

const createFetchError = () => new TypeError('Failed to fetch');
const failingFetch = (error: unknown = createFetchError()) => vi.fn<FetchLike>().mockRejectedValue(error);

function stubPage(): void {
  vi.stubGlobal('document', {});
  vi.stubGlobal('location', { origin: PAGE });
}

/** Reads, runs all timers, and returns the error or the recording. */
async function read(fetch: FetchLike, baseUrl = EDGE): Promise<unknown> {
  return settle(createRecordingsClient({ baseUrl, fetch }).fetch(requested.roomSid, requested.sid));
}

async function settle(reading: Promise<unknown>): Promise<unknown> {
  const settled = reading.catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return settled;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a read without a response in a page of another origin', () => {
  it.each([
    { name: 'a page', globals: { document: {}, location: { origin: PAGE }, origin: PAGE } },
    {
      name: 'a page whose browser has no global origin',
      globals: { document: {}, location: { origin: PAGE } },
    },
    {
      name: 'a page with the product Gecko, which all browsers have',
      globals: { document: {}, location: { origin: PAGE }, navigator: { product: 'Gecko' } },
    },
    {
      name: 'a browser worker',
      globals: { importScripts: () => undefined, location: { origin: PAGE }, origin: PAGE },
    },
    {
      name: 'a page without a navigator',
      globals: { document: {}, location: { origin: PAGE }, navigator: undefined },
    },
    {
      name: 'a page of another port',
      globals: { document: {}, location: { origin: 'https://recordings.example.com:8443' } },
    },
    {
      name: 'a page of another scheme',
      globals: { document: {}, location: { origin: 'capacitor://localhost' } },
    },
  ])('rejects with a hint at ALLOWED_ORIGINS and is not retried in $name', async ({ globals }) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const cause = createFetchError();
    const fetch = failingFetch(cause);
    expect(await read(fetch)).toMatchObject({
      name: 'RecordingsError',
      code: 'network',
      message: `${NO_RESPONSE} ${HINT.replace(PAGE, globals.location.origin)}`,
      status: undefined,
      cause,
    });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it.each([
    { name: 'a sandboxed frame', globals: { location: { origin: EDGE }, origin: 'null' } },
    { name: 'a file in Chrome', globals: { location: { origin: 'file://' }, origin: 'null' } },
    { name: 'a file in Firefox', globals: { location: { origin: 'null' }, origin: 'null' } },
    { name: 'a file without a global origin', globals: { location: { origin: 'file://' } } },
  ])('rejects with a hint at the missing origin in $name', async ({ globals }) => {
    vi.stubGlobal('document', {});
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const fetch = failingFetch();
    expect(await read(fetch)).toMatchObject({ code: 'network', message: `${NO_RESPONSE} ${NULL_HINT}` });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is retried after the page has received a response of any status', async () => {
    stubPage();
    const fetch = failingFetch().mockResolvedValueOnce(new Response(null, { status: 404 }));
    const client = createRecordingsClient({ baseUrl: EDGE, fetch });
    const first = await settle(client.fetch(requested.roomSid, requested.sid));
    expect(first).toMatchObject({ code: 'not_found' });
    const second = await settle(client.fetch(requested.roomSid, requested.sid));
    expect(second).toMatchObject({ code: 'network', message: NETWORK_MESSAGE });
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it('is retried if a custom fetch rejected with another error than those of browsers', async () => {
    stubPage();
    const fetch = failingFetch(new Error('no such cache'));
    expect(await read(fetch)).toMatchObject({ code: 'network', message: NETWORK_MESSAGE });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('is retried after a retryable status', async () => {
    stubPage();
    const fetch = failingFetch()
      .mockResolvedValueOnce(new Response(null, { status: 503 }))
      .mockResolvedValueOnce(Response.json(example));
    expect(await read(fetch)).toMatchObject({ sid: requested.sid });
  });
});

describe('a read without a response outside a page of another origin', () => {
  it.each([
    {
      name: 'in a page of the same origin',
      globals: { document: {}, location: { origin: EDGE }, origin: EDGE },
    },
    { name: 'in a program without a location', globals: {} },
    { name: 'in a program with a document and without a location', globals: { document: {} } },
    {
      name: 'in workerd, which has a global origin only',
      globals: { origin: 'null', WorkerGlobalScope: () => undefined },
    },
    {
      name: 'in a program whose location has no origin',
      globals: { document: {}, location: {} },
    },
    { name: 'in Deno with --location', globals: { location: { origin: PAGE } } },
    {
      name: 'in a worker of Deno',
      globals: { location: { origin: 'null' }, WorkerGlobalScope: () => undefined },
    },
    {
      name: 'in an Expo app, which has a location',
      globals: { location: { origin: PAGE }, navigator: { product: 'ReactNative' } },
    },
    {
      name: 'in a React Native app with a document',
      globals: { document: {}, location: { origin: PAGE }, navigator: { product: 'ReactNative' } },
    },
  ])('is retried and rejects without a hint $name', async ({ globals }) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const fetch = failingFetch();
    expect(await read(fetch, `${EDGE}/recordings/`)).toMatchObject({
      code: 'network',
      message: NETWORK_MESSAGE,
    });
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});
