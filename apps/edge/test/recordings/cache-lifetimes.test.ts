import type { RecordingStatus } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { findDeleted, failWithStatus } from '../support/fake-source.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { findNothing, RECORDING } from '../support/recording.ts';
import { sendOverWire } from '../wire.ts';

const LIVES: readonly (readonly [RecordingStatus, string])[] = [
  ['processing', 'public, max-age=5, stale-while-revalidate=5, stale-if-error=60'],
  ['completed', 'public, max-age=300, stale-while-revalidate=600, stale-if-error=3600'],
  ['failed', 'public, max-age=3600, stale-while-revalidate=3600, stale-if-error=3600'],
  ['deleted', 'public, max-age=3600, stale-if-error=3600'],
];

/** What would keep a cache before this one from serving something stale. */
const AGAINST_STALE = /s-maxage|must-revalidate|proxy-revalidate|no-cache/;

describe('over the wire, Cache-Control', () => {
  it.each(LIVES)(
    'R30, R37: of a recording that is %s lets caches serve it stale: %s',
    async (status, said) => {
      const edge = createTestEdge(() => Promise.resolve({ ...RECORDING, status }));
      for (const request of [{}, {}, { method: 'HEAD' }, { fields: ['If-None-Match: *'] }]) {
        const answer = await sendOverWire(edge, request);
        expect(answer.fields('cache-control')).toEqual([said]);
        expect(said).not.toMatch(AGAINST_STALE);
      }
    },
  );

  it.each([
    ['R30, R41: 404', findNothing, 'public, max-age=10'],
    ['R30, R41: 410', findDeleted, 'public, max-age=300'],
    ['R30, R42: 502', failWithStatus(500), 'no-store'],
    ['R30, R42: 503', failWithStatus(503), 'no-store'],
  ])('%s lives for as long as it says and never stale', async (_what, act, said) => {
    const edge = createTestEdge(act);
    for (const method of ['GET', 'HEAD']) {
      expect((await sendOverWire(edge, { method })).fields('cache-control')).toEqual([said]);
    }
  });

  it('R32: is the operator’s, of what the operator says', async () => {
    const edge = createTestEdge(undefined, { LIFETIME_COMPLETED: '7/0/0' });
    expect((await sendOverWire(edge)).fields('cache-control')).toEqual(['public, max-age=7']);
  });
});

describe('over the wire, a field of the connection', () => {
  it.each([
    ['Connection: Keep-Alive, X-Mine', 'X-Mine: 1'],
    ['Keep-Alive: timeout=5'],
    ['TE: trailers'],
    ['Upgrade: h2c', 'Connection: Upgrade'],
    ['Proxy-Authorization: Basic eDp5'],
  ])('R21: makes no other entry and comes back to nobody: %s', async (...fields) => {
    const edge = createTestEdge();
    await sendOverWire(edge);
    const answer = await sendOverWire(edge, { fields });
    expect(answer.status).toBe(200);
    expect(answer.fields('cache-status')).toEqual(['room-recordings; hit; ttl=300']);
    for (const name of ['x-mine', 'te', 'upgrade', 'proxy-authorization', 'trailer']) {
      expect(answer.fields(name)).toEqual([]);
    }
    expect(edge.reads).toHaveLength(1);
  });
});
