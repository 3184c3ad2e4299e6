import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import type { RequestCacheMode } from '../src/http/fetch.ts';
import { asked, example } from './example.ts';

/** The `init` that a client with this option gives to `fetch`. */
async function initOf(cache?: RequestCacheMode): Promise<RequestInit | undefined> {
  const fetch = vi.fn<FetchLike>(async () => Response.json(example));
  await createRecordingsClient({ fetch, cache }).fetch(asked.roomSid, asked.sid);
  return fetch.mock.calls[0]?.[1];
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the option cache', () => {
  it('is no-store unless it is set', async () => {
    expect(await initOf()).toMatchObject({ cache: 'no-store' });
  });

  it.each(['no-store', 'no-cache', 'reload', 'force-cache'] as const)('sends %s', async (cache) => {
    expect(await initOf(cache)).toMatchObject({ cache });
  });

  it('sends nothing for default', async () => {
    expect(await initOf('default')).not.toHaveProperty('cache');
  });

  it.each(['', 'No-Store', 'only-if-cached', 5])('refuses %j', (cache) => {
    expect(() => createRecordingsClient({ cache: cache as RequestCacheMode })).toThrow(
      expect.objectContaining({
        name: 'RecordingsError',
        code: 'invalid_request',
        message: 'cache must be one of default, force-cache, no-cache, no-store, reload.',
      }),
    );
  });
});

describe('a runtime that does not take a cache mode', () => {
  it.each([
    {
      what: 'throws for it, as workerd did before 2024-11-11',
      Request: function Request() {
        throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
      },
    },
    {
      what: 'adds a parameter to the URL, as React Native does',
      Request: class {
        readonly url = 'https://example.com/?_=1';
      },
    },
    { what: 'has no Request', Request: undefined },
  ])('is sent none if it $what', async ({ Request }) => {
    vi.stubGlobal('Request', Request);
    expect(await initOf()).not.toHaveProperty('cache');
    expect(await initOf('reload')).not.toHaveProperty('cache');
  });

  it('is asked once for each client, and never by a request', async () => {
    const probe = vi.fn(() => ({ url: 'https://example.com/' }));
    vi.stubGlobal('Request', function Request() {
      return probe();
    });
    const fetch = vi.fn<FetchLike>(async () => Response.json(example));
    const client = createRecordingsClient({ fetch });
    await client.fetch(asked.roomSid, asked.sid);
    await client.fetch(asked.roomSid, asked.sid);
    expect(probe).toHaveBeenCalledOnce();
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});
