import { afterEach, describe, expect, it, vi } from 'vitest';
import { Request as PolyfilledRequest, Response as PolyfilledResponse } from 'whatwg-fetch';
import { createRecordingsClient } from '../../src/client.ts';
import type { FetchLike } from '../../src/http/fetch.ts';
import { requested, example } from '../example.ts';

const RECORDING = { ...example, codec: 'OPUS' };
const MIB = 2 ** 20;

/** The members of React Native's responses that the client uses. */
interface WholeResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly arrayBuffer?: () => Promise<ArrayBuffer>;
  readonly text: () => Promise<string>;
}

const encode = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;

/** Creates a response without `body` that has `arrayBuffer()`. */
function responseWithBytes(buffer: ArrayBuffer): WholeResponse {
  return {
    status: 200,
    headers: new Headers(),
    arrayBuffer: async () => buffer,
    text: () => Promise.reject(new TypeError('The bytes are to be read.')),
  };
}

/** Creates a response without `body` and without `arrayBuffer()`. */
function responseWithText(text: string): WholeResponse {
  return { status: 200, headers: new Headers(), text: async () => text };
}

function read(response: unknown): Promise<unknown> {
  const fetch: FetchLike = async () => response as Response;
  return createRecordingsClient({ fetch, retries: 0 }).fetch(requested.roomSid, requested.sid);
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a response without `body`', () => {
  const json = JSON.stringify(example);

  it.each([
    { name: 'arrayBuffer()', response: () => responseWithBytes(encode(json)) },
    { name: 'text() alone', response: () => responseWithText(json) },
    { name: 'arrayBuffer() at 1 MiB', response: () => responseWithBytes(encode(json.padEnd(MIB))) },
    { name: 'text() alone at 1 MiB', response: () => responseWithText(json.padEnd(MIB)) },
    {
      name: 'the polyfill of React Native, which has no arrayBuffer() for texts',
      response: () => new PolyfilledResponse(json),
    },
  ])('is read by $name', async ({ response }) => {
    expect(await read(response())).toEqual(RECORDING);
  });

  it('is read by text() if the runtime has no TextDecoder', async () => {
    vi.stubGlobal('TextDecoder', undefined);
    expect(await read({ ...responseWithBytes(encode('')), text: async () => json })).toEqual(RECORDING);
  });

  it.each([
    { name: 'more than 1 MiB', response: () => responseWithBytes(encode(' '.repeat(MIB + 1))) },
    { name: 'more than 1 MiB of text', response: () => responseWithText(' '.repeat(MIB + 1)) },
    {
      name: 'more than 1 MiB in fewer characters',
      response: () => responseWithText('é'.repeat(MIB / 2 + 1)),
    },
    { name: 'not UTF-8', response: () => responseWithBytes(Uint8Array.of(0x22, 0xe9, 0x22).buffer) },
    {
      name: 'a text with U+FFFD',
      response: () => responseWithText(json.replace('A name', 'caf\uFFFD')),
    },
    { name: 'a text with a byte order mark', response: () => responseWithBytes(encode(`\uFEFF${json}`)) },
  ])('is rejected if its body is $name', async ({ response }) => {
    await expect(read(response())).rejects.toMatchObject({ code: 'invalid_response' });
  });

  it('is a network error with its status if its body breaks off', async () => {
    const cause = new TypeError('Network request failed');
    const arrayBuffer = () => Promise.reject(cause);
    const text = () => Promise.reject(cause);
    await expect(read({ ...responseWithText(''), arrayBuffer, text })).rejects.toMatchObject({
      code: 'network',
      status: 200,
      cause,
    });
  });
});

describe('the `Request` of React Native', () => {
  it('does not receive no-store, for which it would add a parameter to the URL', async () => {
    vi.stubGlobal('Request', PolyfilledRequest);
    const fetch = vi.fn<FetchLike>(async () => Response.json(example));
    await createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid);
    expect(fetch.mock.calls[0]?.[1]).not.toHaveProperty('cache');
  });
});

describe('a `URL` without `canParse`', () => {
  class OldURL extends URL {}
  Object.defineProperty(OldURL, 'canParse', { value: undefined });

  it('is sufficient for `baseUrl` and the URLs of a recording', async () => {
    vi.stubGlobal('URL', OldURL);
    expect(await read(Response.json(example))).toEqual(RECORDING);
    await expect(read(Response.json({ ...example, url: 'https://' }))).rejects.toMatchObject({
      code: 'invalid_response',
    });
    expect(() => createRecordingsClient({ baseUrl: '/v1' })).toThrow('baseUrl must be an absolute URL.');
  });
});
