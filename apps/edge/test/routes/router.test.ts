import { describe, expect, it } from 'vitest';
import { createRouter } from '../../src/routes/router.ts';
import { PATH, PUBLIC_URL, ROOM_SID } from '../support/recording.ts';

/** Finds places, and counts how often a target was parsed: each parse makes a key. */
function countParses({ publicUrl }: { readonly publicUrl: string | undefined } = { publicUrl: PUBLIC_URL }) {
  let parses = 0;
  const find = createRouter(publicUrl, ({ sid }) => {
    parses += 1;
    return `key of ${sid}`;
  });
  return {
    find: (url: string, host?: string, method = 'GET') =>
      find({ method, url, headers: new Headers(host === undefined ? {} : { host }) }),
    parses: () => parses,
  };
}

/** Paths of as many recordings. */
const pathAt = (nth: number): string =>
  `/v1/Rooms/${ROOM_SID}/Recordings/RT${nth.toString(16).padStart(32, '0')}`;

describe('the authority of a request target', () => {
  it.each([
    { name: 'the public URL’s', url: `${PUBLIC_URL}${PATH}`, host: 'other.example' },
    {
      name: 'the public URL’s over http',
      url: `http://recordings.example.com${PATH}`,
      host: 'other.example',
    },
    { name: 'the Host header’s', url: `http://other.example${PATH}`, host: 'other.example' },
    { name: 'the Host header’s in capitals', url: `http://other.example${PATH}`, host: 'OTHER.example:80' },
    { name: 'the only one, without a Host header', url: `http://other.example${PATH}`, host: undefined },
    { name: 'absent', url: PATH, host: 'other.example' },
  ])('may be $name', ({ url, host }) => {
    const { find } = countParses();
    for (let round = 0; round < 2; round += 1) {
      expect(find(url, host)).toMatchObject({ error: undefined, publicUrl: PUBLIC_URL });
      expect(find(url, host).target?.path).toBe(PATH);
    }
  });

  it.each([
    { name: 'another one than the Host header’s', url: `http://evil.example${PATH}`, host: 'other.example' },
    {
      name: 'beside a Host header that is not one',
      url: `http://other.example${PATH}`,
      host: 'other.example?',
    },
    { name: 'beside an empty Host header', url: `http://other.example${PATH}`, host: '' },
    { name: 'beside two Host headers', url: `http://other.example${PATH}`, host: 'other.example, b' },
  ])('must not be $name', ({ url, host }) => {
    expect(countParses().find(url, host)).toMatchObject({ error: 'invalid_request', target: undefined });
  });

  it('is compared again with the Host header of each request', () => {
    const { find } = countParses();
    const url = `http://other.example${PATH}`;
    expect(find(url, 'other.example').error).toBeUndefined();
    expect(find(url, 'evil.example').error).toBe('invalid_request');
    expect(find(url, 'other.example').error).toBeUndefined();
  });
});

describe('a request target that was parsed', () => {
  it('is remembered, and forgotten once two generations of others came', () => {
    const { find, parses } = countParses();
    for (let round = 0; round < 3; round += 1) find(pathAt(0));
    expect(parses()).toBe(1);
    // Two generations of 4,096 hold the last 8,192 at most.
    for (let nth = 1; nth <= 8_192; nth += 1) find(pathAt(nth));
    expect(parses()).toBe(8_193);
    find(pathAt(0));
    expect(parses()).toBe(8_194);
  });

  it('stays remembered while it is asked for again', () => {
    const { find, parses } = countParses();
    for (let nth = 1; nth <= 20_000; nth += 1) {
      find(pathAt(nth));
      if (nth % 1_000 === 0) find(PATH);
    }
    expect(parses()).toBe(20_001);
  });

  it('is not remembered if it is longer than 512 characters', () => {
    const { find, parses } = countParses();
    const fill = (length: number) => `${PATH}?${'a'.repeat(length - PATH.length - 1)}`;
    for (let round = 0; round < 2; round += 1) find(fill(512));
    expect(parses()).toBe(1);
    for (let round = 0; round < 2; round += 1) find(fill(513));
    expect(parses()).toBe(3);
  });
});

describe('without a public URL', () => {
  const urlAt = (nth: number, path = PATH) => `https://host-${nth}.example${path}`;

  it('the origin of the request is in the response, and eight origins are admitted', () => {
    const { find } = countParses({ publicUrl: undefined });
    for (let nth = 1; nth <= 8; nth += 1) {
      expect(find(urlAt(nth))).toMatchObject({ error: undefined, publicUrl: `https://host-${nth}.example` });
    }
    expect(find(urlAt(9))).toMatchObject({ error: 'misdirected_request', target: undefined });
    for (const path of ['/healthz', '/readyz', '/errors', '/nothing']) {
      expect(find(urlAt(9, path)).error, path).toBeUndefined();
    }
    for (let nth = 1; nth <= 8; nth += 1) expect(find(urlAt(nth, pathAt(1))).error).toBeUndefined();
  });

  it('only reads of recordings count as origins', () => {
    const { find } = countParses({ publicUrl: undefined });
    for (let nth = 1; nth <= 20; nth += 1) {
      for (const path of ['/healthz', '/v1/Rooms/daily/Recordings/RT', '/nothing']) {
        expect(find(urlAt(nth, path)).error).toBeUndefined();
      }
      for (const method of ['OPTIONS', 'POST']) {
        expect(find(urlAt(nth), undefined, method).error).toBeUndefined();
      }
    }
    // The reads count, although each target was seen before.
    for (let nth = 1; nth <= 8; nth += 1) expect(find(urlAt(nth)).error).toBeUndefined();
    expect(find(urlAt(9)).error).toBe('misdirected_request');
  });

  it('a public URL admits every Host', () => {
    const { find } = countParses();
    for (let nth = 1; nth <= 20; nth += 1) {
      const host = `host-${nth}.example`;
      expect(find(`https://${host}${PATH}`, host)).toMatchObject({ error: undefined, publicUrl: PUBLIC_URL });
    }
  });
});
