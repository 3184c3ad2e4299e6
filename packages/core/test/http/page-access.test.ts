import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../../src/client.ts';
import type { FetchLike } from '../../src/http/fetch.ts';
import { asked, example } from '../example.ts';

const EDGE = 'https://recordings.example.com';
const PAGE = 'https://app.example.com';
const HINT = `If the server is running, CORS blocks this page: add ${PAGE} to ALLOWED_ORIGINS of the edge.`;
const NULL_HINT =
  'If the server is running, CORS blocks this page: a sandboxed frame or a file has no origin that ALLOWED_ORIGINS can list. Serve the page from an origin.';
const NO_RESPONSE = 'No response was received.';
const NETWORK_MESSAGE = `${NO_RESPONSE} Check baseUrl and the network.`;

const refused = () => new TypeError('Failed to fetch');
const failing = (fault: unknown = refused()) => vi.fn<FetchLike>().mockRejectedValue(fault);

function stubPage(): void {
  vi.stubGlobal('document', {});
  vi.stubGlobal('location', { origin: PAGE });
}

/** Reads with a client, taking all the time that it needs, and gives the error or the recording. */
async function read(fetch: FetchLike, baseUrl = EDGE): Promise<unknown> {
  return settle(createRecordingsClient({ baseUrl, fetch }).fetch(asked.roomSid, asked.sid));
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

describe('in a page of another origin, a read without a response', () => {
  it.each([
    { what: 'a page', globals: { document: {}, location: { origin: PAGE }, origin: PAGE } },
    {
      what: 'a page whose browser has no global origin',
      globals: { document: {}, location: { origin: PAGE } },
    },
    {
      what: 'a page of a browser whose product is Gecko, as all have it',
      globals: { document: {}, location: { origin: PAGE }, navigator: { product: 'Gecko' } },
    },
    {
      what: 'a browser worker',
      globals: { importScripts: () => undefined, location: { origin: PAGE }, origin: PAGE },
    },
    {
      what: 'a page without a navigator',
      globals: { document: {}, location: { origin: PAGE }, navigator: undefined },
    },
    {
      what: 'a page of another port',
      globals: { document: {}, location: { origin: 'https://recordings.example.com:8443' } },
    },
    {
      what: 'a page of another scheme',
      globals: { document: {}, location: { origin: 'capacitor://localhost' } },
    },
  ])('names ALLOWED_ORIGINS and is not tried again in $what', async ({ globals }) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const cause = refused();
    const fetch = failing(cause);
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
    { what: 'a sandboxed frame', globals: { location: { origin: EDGE }, origin: 'null' } },
    { what: 'a file in Chrome', globals: { location: { origin: 'file://' }, origin: 'null' } },
    { what: 'a file in Firefox', globals: { location: { origin: 'null' }, origin: 'null' } },
    { what: 'a file without a global origin', globals: { location: { origin: 'file://' } } },
  ])('says that the page must be served from an origin in $what', async ({ globals }) => {
    vi.stubGlobal('document', {});
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const fetch = failing();
    expect(await read(fetch)).toMatchObject({ code: 'network', message: `${NO_RESPONSE} ${NULL_HINT}` });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is tried again once the page has seen a response, whatever its status: the edge allows its origin', async () => {
    stubPage();
    const fetch = failing().mockResolvedValueOnce(new Response(null, { status: 404 }));
    const client = createRecordingsClient({ baseUrl: EDGE, fetch });
    const first = await settle(client.fetch(asked.roomSid, asked.sid));
    expect(first).toMatchObject({ code: 'not_found' });
    const second = await settle(client.fetch(asked.roomSid, asked.sid));
    expect(second).toMatchObject({ code: 'network', message: NETWORK_MESSAGE });
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it('is tried again if a fetch of the caller failed in a way that browsers do not', async () => {
    stubPage();
    const fetch = failing(new Error('no such cache'));
    expect(await read(fetch)).toMatchObject({ code: 'network', message: NETWORK_MESSAGE });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('is tried again after a status that is safe to repeat', async () => {
    stubPage();
    const fetch = failing()
      .mockResolvedValueOnce(new Response(null, { status: 503 }))
      .mockResolvedValueOnce(Response.json(example));
    expect(await read(fetch)).toMatchObject({ sid: asked.sid });
  });
});

describe('a read without a response is tried again, and names no setting,', () => {
  it.each([
    {
      where: 'in a page of the same origin',
      globals: { document: {}, location: { origin: EDGE }, origin: EDGE },
    },
    { where: 'in a program without a location', globals: {} },
    { where: 'in a program with a document and without a location', globals: { document: {} } },
    {
      where: 'in workerd, which has an origin alone',
      globals: { origin: 'null', WorkerGlobalScope: () => undefined },
    },
    {
      where: 'in a program whose location has no origin',
      globals: { document: {}, location: {} },
    },
    { where: 'in Deno with --location', globals: { location: { origin: PAGE } } },
    {
      where: 'in a worker of Deno',
      globals: { location: { origin: 'null' }, WorkerGlobalScope: () => undefined },
    },
    {
      where: 'in an Expo app, which has a location',
      globals: { location: { origin: PAGE }, navigator: { product: 'ReactNative' } },
    },
    {
      where: 'in a React Native app with a document',
      globals: { document: {}, location: { origin: PAGE }, navigator: { product: 'ReactNative' } },
    },
  ])('$where', async ({ globals }) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const fetch = failing();
    expect(await read(fetch, `${EDGE}/recordings/`)).toMatchObject({
      code: 'network',
      message: NETWORK_MESSAGE,
    });
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});
