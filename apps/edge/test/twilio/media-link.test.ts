import { createDeferred } from '@room-recordings/testing/deferred';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { createMediaLinks } from '../../src/twilio/media-link.ts';
import { createResilientCalls } from '../../src/twilio/resilience/resilient-calls.ts';
import { RECORDING_REF } from '../support/recording.ts';

const HOST = 'media.example.com';
const LINK = `https://${HOST}/AC1/RT1?X-Amz-Expires=3600&X-Amz-Signature=first`;
const OTHER_LINK = `https://${HOST}/AC1/RT1?X-Amz-Expires=3600&X-Amz-Signature=second`;
const AUTHORIZATION = 'Basic U0sxOmNhbmFyeS01ZjNl';

const redirect = (location: string | undefined, body: string = '', status = 302) =>
  new Response(body, { status, headers: location === undefined ? {} : { Location: location } });

/** Creates links of an account whose responses the test sets, on a fake clock. */
function createLinks(initial: () => Response | Promise<Response>) {
  const clock = createFakeClock();
  const { now, sleep } = clock;
  const requests: { readonly url: string; readonly init: RequestInit }[] = [];
  let respond = initial;
  const calls = createResilientCalls({ now, sleep, random: () => 0, staleOnUpstreamAuth: false });
  const links = createMediaLinks(
    {
      baseUrl: 'https://video.twilio.com',
      auth: () => AUTHORIZATION,
      accountSid: undefined,
    },
    new Set([HOST]),
    {
      fetch: async (url, init) => {
        requests.push({ url, init });
        return respond();
      },
      calls,
      now,
      monotonic: now,
      sleep,
    },
  );
  const { signal } = new AbortController();
  return {
    clock,
    requests,
    account: calls.account,
    setTwilio: (next: () => Response | Promise<Response>) => {
      respond = next;
    },
    get: (expired?: string, options: { readonly signal?: AbortSignal } = {}) =>
      links.get(RECORDING_REF, { client: 'a', signal, ...options }, expired),
  };
}

/** Advances the clock for the delay of the retry, and returns the error. */
async function failure(links: ReturnType<typeof createLinks>): Promise<unknown> {
  const result = links.get().catch((error: unknown) => error);
  await links.clock.advance(250);
  return result;
}

describe('the link of a media file', () => {
  it('is requested for an hour with the credentials, and its redirect is not followed', async () => {
    const { get, requests } = createLinks(() => redirect(LINK));
    expect(await get()).toBe(LINK);
    const { roomSid, sid } = RECORDING_REF;
    expect(requests).toEqual([
      {
        url: `https://video.twilio.com/v1/Rooms/${roomSid}/Recordings/${sid}/Media?Ttl=3600`,
        init: {
          headers: { accept: 'application/json', authorization: AUTHORIZATION },
          redirect: 'manual',
          signal: expect.any(AbortSignal) as AbortSignal,
        },
      },
    ]);
  });

  it.each([
    { name: 'the header Location', response: () => redirect(LINK) },
    { name: 'the header Location beside HTML', response: () => redirect(LINK, '<a>Found</a>') },
    { name: 'the header Location beside JSON without a URL', response: () => redirect(LINK, '{"a":1}') },
    {
      name: 'the member redirect_to',
      response: () => redirect(undefined, JSON.stringify({ redirect_to: LINK })),
    },
    { name: 'the member redirect_to of a 200', response: () => Response.json({ redirect_to: LINK }) },
    { name: 'both', response: () => redirect(LINK, JSON.stringify({ redirect_to: LINK })) },
    { name: 'the header of a 307', response: () => redirect(LINK, '', 307) },
  ])('is taken from $name', async ({ response }) => {
    expect(await createLinks(response).get()).toBe(LINK);
  });

  it.each([
    { name: 'another host in Location', response: () => redirect('https://evil.example/a') },
    { name: 'http in Location', response: () => redirect(LINK.replace('https', 'http')) },
    {
      name: 'another host in redirect_to',
      response: () => redirect(LINK, JSON.stringify({ redirect_to: 'https://evil.example/a' })),
    },
    {
      name: 'another host in Location beside an allowed redirect_to',
      response: () => redirect('https://evil.example/a', JSON.stringify({ redirect_to: LINK })),
    },
    {
      name: 'different URLs of an allowed host',
      response: () => redirect(LINK, JSON.stringify({ redirect_to: OTHER_LINK })),
    },
    { name: 'a redirect_to that is not text', response: () => redirect(LINK, '{"redirect_to":[1]}') },
    { name: 'a relative Location', response: () => redirect('/a') },
  ])('is rejected like a redirect of a read, without a retry: $name', async ({ response }) => {
    const links = createLinks(response);
    expect(await failure(links)).toMatchObject({ code: 'upstream', status: 302 });
    expect(links.requests).toHaveLength(1);
  });

  it('fails with invalid_response if a response has no URL', async () => {
    expect(await failure(createLinks(() => redirect(undefined, '{}')))).toMatchObject({
      code: 'invalid_response',
      status: 302,
    });
  });

  it('is remembered until a minute before it expires', async () => {
    const { get, requests, clock } = createLinks(() => redirect(LINK));
    await get();
    clock.skip(3_539_999);
    await get();
    expect(requests).toHaveLength(1);
    clock.skip(1);
    await get();
    expect(requests).toHaveLength(2);
  });

  it('is not remembered if it expires within a minute', async () => {
    const { get, requests } = createLinks(() => redirect(LINK.replace('3600', '60')));
    await get();
    await get();
    expect(requests).toHaveLength(2);
  });

  it('expires by the clock of Twilio, whatever the time of the edge is', async () => {
    const url = LINK.replace('X-Amz-Signature', 'X-Amz-Date=20200101T000000Z&X-Amz-Signature');
    const headers = { Location: url, Date: 'Wed, 01 Jan 2020 00:00:00 GMT' };
    const { get, requests, clock } = createLinks(() => new Response(null, { status: 302, headers }));
    await get();
    clock.skip(3_539_999);
    await get();
    expect(requests).toHaveLength(1);
  });

  it('is fetched once for concurrent requests, also if the first of them leaves', async () => {
    const response = createDeferred<Response>();
    const { get, requests, clock } = createLinks(() => response.promise);
    const controller = new AbortController();
    const first = get(undefined, { signal: controller.signal }).catch((error: unknown) => error);
    const others = Promise.all([get(), get()]);
    const reason = new Error('left');
    controller.abort(reason);
    expect(await first).toBe(reason);
    await clock.advance(0);
    response.resolve(redirect(LINK));
    expect(await others).toEqual([LINK, LINK]);
    expect(requests).toHaveLength(1);
  });

  it('is fetched again once for all requests whose link has expired', async () => {
    const { get, requests, setTwilio } = createLinks(() => redirect(LINK));
    await get();
    setTwilio(() => redirect(OTHER_LINK));
    expect(await Promise.all([get(LINK), get(LINK)])).toEqual([OTHER_LINK, OTHER_LINK]);
    expect(await get(LINK)).toBe(OTHER_LINK);
    expect(requests).toHaveLength(2);
  });

  it('is not requested again for ten seconds if the media does not exist', async () => {
    const links = createLinks(() => Response.json({ code: 20404 }, { status: 404 }));
    expect(await failure(links)).toMatchObject({ code: 'not_found', twilioCode: 20404 });
    links.clock.skip(9_700);
    expect(await failure(links)).toMatchObject({ code: 'not_found' });
    expect(links.requests).toHaveLength(1);
    links.clock.skip(300);
    links.setTwilio(() => redirect(LINK));
    expect(await links.get()).toBe(LINK);
  });
});

describe('the call for a link', () => {
  it.each([
    { name: 'a 503', respond: () => new Response('', { status: 503 }), code: 'upstream' },
    { name: 'a broken connection', respond: () => Promise.reject(new TypeError('canary')), code: 'network' },
    {
      name: 'a broken body',
      respond: () => new Response(new ReadableStream({ pull: (body) => body.error(new TypeError()) })),
      code: 'network',
      attempts: 1,
    },
  ])(
    'is retried once if that may help, and counts as an outage: $name',
    async ({ respond, code, attempts = 2 }) => {
      const links = createLinks(respond);
      expect(await failure(links)).toMatchObject({ code });
      expect(links.requests).toHaveLength(attempts);
      // The breaker counts two calls of each resource, so 20 failures need other resources: here the backoff begins.
      links.setTwilio(() => redirect(LINK));
      expect(await links.get()).toBe(LINK);
    },
  );

  it('starts the cooldown of the account if Twilio rejects the credentials', async () => {
    const links = createLinks(() => new Response('', { status: 401 }));
    expect(await failure(links)).toMatchObject({ code: 'unauthorized' });
    expect(links.account.cooldown.isAuthRejected(links.clock.now())).toBe(true);
    await failure(links);
    expect(links.requests).toHaveLength(1);
  });

  it('ends after ten seconds', async () => {
    const links = createLinks(() => new Promise(() => undefined));
    const result = links.get().catch((error: unknown) => error);
    await links.clock.advance(10_500);
    expect(await result).toMatchObject({ code: 'timeout' });
  });

  it('is not made for a client that has left', async () => {
    const links = createLinks(() => redirect(LINK));
    await expect(links.get(undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
