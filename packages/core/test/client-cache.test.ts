import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import type { RequestCacheMode } from '../src/http/fetch.ts';
import { requested, example } from './example.ts';

/** Returns the `init` that a client with this option passes to `fetch`. */
async function fetchInit(cache?: RequestCacheMode): Promise<RequestInit | undefined> {
  const fetch = vi.fn<FetchLike>(async () => Response.json(example));
  await createRecordingsClient({ fetch, cache }).fetch(requested.roomSid, requested.sid);
  return fetch.mock.calls[0]?.[1];
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the option `cache`', () => {
  it('is no-store by default', async () => {
    expect(await fetchInit()).toMatchObject({ cache: 'no-store' });
  });

  it.each(['no-store', 'no-cache', 'reload', 'force-cache'] as const)('sends the mode %s', async (cache) => {
    expect(await fetchInit(cache)).toMatchObject({ cache });
  });

  it('sends no mode for default', async () => {
    expect(await fetchInit('default')).not.toHaveProperty('cache');
  });

  it.each(['', 'No-Store', 'only-if-cached', 5])('rejects %j', (cache) => {
    expect(() => createRecordingsClient({ cache: cache as RequestCacheMode })).toThrow(
      expect.objectContaining({
        name: 'RecordingsError',
        code: 'invalid_request',
        message: 'cache must be one of default, force-cache, no-cache, no-store, reload.',
      }),
    );
  });
});

describe('a runtime that does not support a cache mode', () => {
  it.each([
    {
      name: 'throws for the mode, as workerd did before 2024-11-11',
      Request: function Request() {
        throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
      },
    },
    {
      name: 'adds a parameter to the URL, as React Native does',
      Request: class {
        readonly url = 'https://example.com/?_=1';
      },
    },
    { name: 'has no `Request`', Request: undefined },
  ])('receives no mode if it $name', async ({ Request }) => {
    vi.stubGlobal('Request', Request);
    expect(await fetchInit()).not.toHaveProperty('cache');
    expect(await fetchInit('reload')).not.toHaveProperty('cache');
  });

  it('is probed once per client, and not per request', async () => {
    const probe = vi.fn(() => ({ url: 'https://example.com/' }));
    vi.stubGlobal('Request', function Request() {
      return probe();
    });
    const fetch = vi.fn<FetchLike>(async () => Response.json(example));
    const client = createRecordingsClient({ fetch });
    await client.fetch(requested.roomSid, requested.sid);
    await client.fetch(requested.roomSid, requested.sid);
    expect(probe).toHaveBeenCalledOnce();
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});
