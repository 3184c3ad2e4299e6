import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient, type FetchRecordings } from '../src/client.ts';
import { asked, example } from './example.ts';

const EDGE = 'https://recordings.example.com';
const PAGE = 'https://app.example.com';
const HINT = `If the server is reachable, it does not allow pages of ${PAGE}: add this origin to the ALLOWED_ORIGINS of the edge.`;
const UNREAD = 'The server could not be read.';

const refused = () => new TypeError('Failed to fetch');
const failing = (fault: unknown = refused()) => vi.fn<FetchRecordings>().mockRejectedValue(fault);

/** Reads with a client, taking all the time that it needs, and gives the error or the recording. */
async function read(fetch: FetchRecordings, baseUrl = EDGE): Promise<unknown> {
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
    { what: 'a page', globals: { location: { origin: PAGE }, origin: PAGE } },
    { what: 'a page whose browser has no global origin', globals: { location: { origin: PAGE } } },
    {
      what: 'a page of another port',
      globals: { location: { origin: 'https://recordings.example.com:8443' } },
    },
    { what: 'a page of another scheme', globals: { location: { origin: 'capacitor://localhost' } } },
    { what: 'a sandboxed frame', globals: { location: { origin: EDGE }, origin: 'null' } },
  ])('names ALLOWED_ORIGINS and is not tried again in $what', async ({ globals }) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const { origin = globals.location.origin } = globals as { origin?: string };
    const cause = refused();
    const fetch = failing(cause);
    expect(await read(fetch)).toMatchObject({
      name: 'RecordingsError',
      code: 'network',
      message: `${UNREAD} ${HINT.replace(PAGE, origin)}`,
      status: undefined,
      cause,
    });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is tried again once the page has seen a response, whatever its status: the edge allows its origin', async () => {
    vi.stubGlobal('location', { origin: PAGE });
    const fetch = failing().mockResolvedValueOnce(new Response(null, { status: 404 }));
    const client = createRecordingsClient({ baseUrl: EDGE, fetch });
    const first = await settle(client.fetch(asked.roomSid, asked.sid));
    expect(first).toMatchObject({ code: 'not_found' });
    const second = await settle(client.fetch(asked.roomSid, asked.sid));
    expect(second).toMatchObject({ code: 'network', message: UNREAD });
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it('is tried again if a fetch of the caller failed in a way that browsers do not', async () => {
    vi.stubGlobal('location', { origin: PAGE });
    const fetch = failing(new Error('no such cache'));
    expect(await read(fetch)).toMatchObject({ code: 'network', message: UNREAD });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('is tried again after a status that is safe to repeat', async () => {
    vi.stubGlobal('location', { origin: PAGE });
    const fetch = failing()
      .mockResolvedValueOnce(new Response(null, { status: 503 }))
      .mockResolvedValueOnce(Response.json(example));
    expect(await read(fetch)).toMatchObject({ sid: asked.sid });
  });
});

describe('a read without a response is tried again, and names no setting,', () => {
  it.each([
    { where: 'in a page of the same origin', globals: { location: { origin: EDGE }, origin: EDGE } },
    { where: 'in a program without a location', globals: {} },
    { where: 'in workerd, which has an origin alone', globals: { origin: 'null' } },
    { where: 'in a program whose location has no origin', globals: { location: {} } },
  ])('$where', async ({ globals }) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const fetch = failing();
    expect(await read(fetch, `${EDGE}/recordings/`)).toMatchObject({ code: 'network', message: UNREAD });
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});
