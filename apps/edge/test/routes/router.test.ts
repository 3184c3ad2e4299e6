import { describe, expect, it } from 'vitest';
import { createRouter } from '../../src/routes/router.ts';
import { PATH, PUBLIC_URL, ROOM_SID } from '../support/recording.ts';

/** Creates a router that counts how often it parses a target: each parse creates a cache key. */
function createCountingRouter(
  { publicUrl }: { readonly publicUrl: string | undefined } = { publicUrl: PUBLIC_URL },
) {
  let parses = 0;
  const matchRoute = createRouter(publicUrl, ({ id }) => {
    parses += 1;
    return `key of ${id.sid}`;
  });
  return {
    match: (url: string, host?: string, method = 'GET') =>
      matchRoute({ method, url, headers: new Headers(host === undefined ? {} : { host }) }),
    parses: () => parses,
  };
}

const pathAt = (index: number): string =>
  `/v1/Rooms/${ROOM_SID}/Recordings/RT${index.toString(16).padStart(32, '0')}`;

describe('the authority of a request target', () => {
  it.each([
    { name: 'that of PUBLIC_URL', url: `${PUBLIC_URL}${PATH}`, host: 'other.example' },
    {
      name: 'that of PUBLIC_URL over http',
      url: `http://recordings.example.com${PATH}`,
      host: 'other.example',
    },
    { name: 'that of the Host header', url: `http://other.example${PATH}`, host: 'other.example' },
    {
      name: 'that of the Host header in upper case',
      url: `http://other.example${PATH}`,
      host: 'OTHER.example:80',
    },
    { name: 'the only one, without a Host header', url: `http://other.example${PATH}`, host: undefined },
    { name: 'absent', url: PATH, host: 'other.example' },
  ])('may be $name', ({ url, host }) => {
    const { match } = createCountingRouter();
    for (let round = 0; round < 2; round += 1) {
      expect(match(url, host)).toMatchObject({ error: undefined, publicUrl: PUBLIC_URL });
      expect(match(url, host).target?.path).toBe(PATH);
    }
  });

  it.each([
    {
      name: 'a different one than that of the Host header',
      url: `http://evil.example${PATH}`,
      host: 'other.example',
    },
    {
      name: 'beside an invalid Host header',
      url: `http://other.example${PATH}`,
      host: 'other.example?',
    },
    { name: 'beside an empty Host header', url: `http://other.example${PATH}`, host: '' },
    { name: 'beside two Host headers', url: `http://other.example${PATH}`, host: 'other.example, b' },
  ])('must not be $name', ({ url, host }) => {
    expect(createCountingRouter().match(url, host)).toMatchObject({
      error: 'invalid_request',
      target: undefined,
    });
  });

  it('is compared with the Host header of each request, although the target is cached', () => {
    const { match } = createCountingRouter();
    const url = `http://other.example${PATH}`;
    expect(match(url, 'other.example').error).toBeUndefined();
    expect(match(url, 'evil.example').error).toBe('invalid_request');
    expect(match(url, 'other.example').error).toBeUndefined();
  });
});

describe('a parsed request target', () => {
  it('is cached until two generations of other targets have followed', () => {
    const { match, parses } = createCountingRouter();
    for (let round = 0; round < 3; round += 1) match(pathAt(0));
    expect(parses()).toBe(1);
    // Two generations of 4,096 hold the last 8,192 at most.
    for (let index = 1; index <= 8_192; index += 1) match(pathAt(index));
    expect(parses()).toBe(8_193);
    match(pathAt(0));
    expect(parses()).toBe(8_194);
  });

  it('stays cached as long as it is requested again', () => {
    const { match, parses } = createCountingRouter();
    for (let index = 1; index <= 20_000; index += 1) {
      match(pathAt(index));
      if (index % 1_000 === 0) match(PATH);
    }
    expect(parses()).toBe(20_001);
  });

  it('is not cached if it is longer than 512 characters', () => {
    const { match, parses } = createCountingRouter();
    const fill = (length: number) => `${PATH}?${'a'.repeat(length - PATH.length - 1)}`;
    for (let round = 0; round < 2; round += 1) match(fill(512));
    expect(parses()).toBe(1);
    for (let round = 0; round < 2; round += 1) match(fill(513));
    expect(parses()).toBe(3);
  });
});

describe('PUBLIC_URL', () => {
  const urlAt = (index: number, path = PATH) => `https://host-${index}.example${path}`;

  it('is replaced by the origin of the request if it is not set, for at most eight origins', () => {
    const { match } = createCountingRouter({ publicUrl: undefined });
    for (let index = 1; index <= 8; index += 1) {
      expect(match(urlAt(index))).toMatchObject({
        error: undefined,
        publicUrl: `https://host-${index}.example`,
      });
    }
    expect(match(urlAt(9))).toMatchObject({ error: 'misdirected_request', target: undefined });
    for (const path of ['/healthz', '/readyz', '/errors', '/nothing']) {
      expect(match(urlAt(9, path)).error, path).toBeUndefined();
    }
    for (let index = 1; index <= 8; index += 1) expect(match(urlAt(index, pathAt(1))).error).toBeUndefined();
  });

  it('is replaced by a new origin only for reads of recordings', () => {
    const { match } = createCountingRouter({ publicUrl: undefined });
    for (let index = 1; index <= 20; index += 1) {
      for (const path of ['/healthz', '/v1/Rooms/daily/Recordings/RT', '/nothing']) {
        expect(match(urlAt(index, path)).error).toBeUndefined();
      }
      for (const method of ['OPTIONS', 'POST']) {
        expect(match(urlAt(index), undefined, method).error).toBeUndefined();
      }
    }
    // The reads count, although each target was seen before.
    for (let index = 1; index <= 8; index += 1) expect(match(urlAt(index)).error).toBeUndefined();
    expect(match(urlAt(9)).error).toBe('misdirected_request');
  });

  it('is used for every Host if it is set', () => {
    const { match } = createCountingRouter();
    for (let index = 1; index <= 20; index += 1) {
      const host = `host-${index}.example`;
      expect(match(`https://${host}${PATH}`, host)).toMatchObject({
        error: undefined,
        publicUrl: PUBLIC_URL,
      });
    }
  });
});
