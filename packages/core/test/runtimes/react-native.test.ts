import { afterEach, describe, expect, it, vi } from 'vitest';
import { Request as PolyfilledRequest, Response as PolyfilledResponse } from 'whatwg-fetch';
import { createRecordingsClient } from '../../src/client.ts';
import type { FetchLike } from '../../src/http/fetch.ts';
import { asked, example } from '../example.ts';

const RECORDING = { ...example, codec: 'OPUS' };
const MIB = 2 ** 20;

/** What React Native's responses have, as far as the client looks. */
interface WholeResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly arrayBuffer?: () => Promise<ArrayBuffer>;
  readonly text: () => Promise<string>;
}

const bytesOf = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;

/** A response without a `body`, whose bytes come in one piece. */
function inOnePiece(buffer: ArrayBuffer): WholeResponse {
  return {
    status: 200,
    headers: new Headers(),
    arrayBuffer: async () => buffer,
    text: () => Promise.reject(new TypeError('The bytes are to be read.')),
  };
}

/** A response without a `body` and without bytes. */
function asText(text: string): WholeResponse {
  return { status: 200, headers: new Headers(), text: async () => text };
}

function read(response: unknown): Promise<unknown> {
  const fetch: FetchLike = async () => response as Response;
  return createRecordingsClient({ fetch, retries: 0 }).fetch(asked.roomSid, asked.sid);
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a response without a body', () => {
  const json = JSON.stringify(example);

  it.each([
    { what: 'arrayBuffer()', response: () => inOnePiece(bytesOf(json)) },
    { what: 'text() alone', response: () => asText(json) },
    { what: 'arrayBuffer() at 1 MiB', response: () => inOnePiece(bytesOf(json.padEnd(MIB))) },
    { what: 'text() alone at 1 MiB', response: () => asText(json.padEnd(MIB)) },
    {
      what: "React Native's polyfill, which has no arrayBuffer() for texts",
      response: () => new PolyfilledResponse(json),
    },
  ])('is read by $what', async ({ response }) => {
    expect(await read(response())).toEqual(RECORDING);
  });

  it('is read by text() where the runtime has no TextDecoder', async () => {
    vi.stubGlobal('TextDecoder', undefined);
    expect(await read({ ...inOnePiece(bytesOf('')), text: async () => json })).toEqual(RECORDING);
  });

  it.each([
    { what: 'of more than 1 MiB', response: () => inOnePiece(bytesOf(' '.repeat(MIB + 1))) },
    { what: 'of more than 1 MiB as a text', response: () => asText(' '.repeat(MIB + 1)) },
    { what: 'of more than 1 MiB in fewer characters', response: () => asText('é'.repeat(MIB / 2 + 1)) },
    { what: 'that is not UTF-8', response: () => inOnePiece(Uint8Array.of(0x22, 0xe9, 0x22).buffer) },
    {
      what: 'with a character that replaces bytes',
      response: () => asText(json.replace('A name', 'caf\uFFFD')),
    },
    { what: 'with a byte order mark', response: () => inOnePiece(bytesOf(`\uFEFF${json}`)) },
  ])('is refused if it has a body $what', async ({ response }) => {
    await expect(read(response())).rejects.toMatchObject({ code: 'invalid_response' });
  });

  it('is a network error with its status if its body breaks off', async () => {
    const cause = new TypeError('Network request failed');
    const arrayBuffer = () => Promise.reject(cause);
    const text = () => Promise.reject(cause);
    await expect(read({ ...asText(''), arrayBuffer, text })).rejects.toMatchObject({
      code: 'network',
      status: 200,
      cause,
    });
  });
});

describe("React Native's Request", () => {
  it('is not given no-store, for which it would add a parameter to the URL', async () => {
    vi.stubGlobal('Request', PolyfilledRequest);
    const fetch = vi.fn<FetchLike>(async () => Response.json(example));
    await createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid);
    expect(fetch.mock.calls[0]?.[1]).not.toHaveProperty('cache');
  });
});

describe('a `URL` without `canParse`', () => {
  class OldURL extends URL {}
  Object.defineProperty(OldURL, 'canParse', { value: undefined });

  it('is enough to check `baseUrl` and the URLs of a recording', async () => {
    vi.stubGlobal('URL', OldURL);
    expect(await read(Response.json(example))).toEqual(RECORDING);
    await expect(read(Response.json({ ...example, url: 'https://' }))).rejects.toMatchObject({
      code: 'invalid_response',
    });
    expect(() => createRecordingsClient({ baseUrl: '/v1' })).toThrow('baseUrl must be an absolute URL.');
  });
});
