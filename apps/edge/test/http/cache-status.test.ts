import { parseList, Token, type BareItem } from 'structured-headers';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/http/error-codes.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { CallNotPermittedError } from '../../src/twilio/resilience/errors.ts';
import {
  cacheStatus,
  createEdgeWithClock,
  deferred,
  failWithStatus,
  findRecording,
} from '../support/fake-source.ts';
import { findNothing, PATH } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';

/** The parameters of the edge's member of Cache-Status (RFC 9211 §2), with tokens as strings. */
type Parameters = Readonly<Record<string, string | number | boolean>>;

/** Parses Cache-Status as a List (RFC 9651) with one member, the token `room-recordings`. */
function parseCacheStatus(text: string | null): Parameters {
  const [member, ...others] = parseList(text ?? '');
  expect(others).toEqual([]);
  const [name, parameters] = member ?? [];
  expect(name).toEqual(new Token('room-recordings'));
  return Object.fromEntries([...(parameters ?? [])].map(([key, value]) => [key, toPlainValue(value)]));
}

function toPlainValue(value: BareItem): string | number | boolean {
  if (value instanceof Token) return value.toString();
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Error(`${JSON.stringify(value)} is not a token, a number or a boolean.`);
}

function refuseCall(detail: string, error: ErrorCode): RecordingSource['read'] {
  return () => Promise.reject(new CallNotPermittedError(detail, error, 1));
}

interface Row {
  readonly name: string;
  /** The results of the first read and of all others. */
  readonly first: RecordingSource['read'];
  readonly second: RecordingSource['read'];
  /** Seconds between the two requests. */
  readonly age: number;
  /** The parameters of the second response. */
  readonly parameters: Parameters;
}

const REFUSALS = [
  { detail: 'circuit-open', error: 'circuit_open' },
  { detail: 'overloaded', error: 'overloaded' },
  { detail: 'rate-limited', error: 'upstream_rate_limited' },
  { detail: 'unavailable', error: 'upstream_unavailable' },
  { detail: 'upstream-auth', error: 'upstream_auth' },
] as const;

const ROWS: readonly Row[] = [
  {
    name: 'a fresh response',
    first: findRecording,
    second: findRecording,
    age: 10,
    parameters: { hit: true, ttl: 290 },
  },
  {
    name: 'a response in the last second of its lifetime',
    first: findRecording,
    second: findRecording,
    age: 299,
    parameters: { hit: true, ttl: 1 },
  },
  {
    name: 'a stale response that is revalidated in the background',
    first: findRecording,
    second: findRecording,
    age: 312,
    parameters: { hit: true, ttl: -12, detail: 'stale-while-revalidate' },
  },
  {
    name: 'a response that replaces a stale one',
    first: findRecording,
    second: findRecording,
    age: 1_000,
    parameters: { fwd: 'stale', 'fwd-status': 200, stored: true },
  },
  {
    name: 'a stale response after an error of the source',
    first: findRecording,
    second: failWithStatus(503),
    age: 1_000,
    parameters: { fwd: 'stale', 'fwd-status': 503, detail: 'stale-if-error' },
  },
  {
    name: 'a stale response while the circuit is open',
    first: findRecording,
    second: refuseCall('circuit-open', 'circuit_open'),
    age: 1_000,
    parameters: { hit: true, ttl: -700, detail: 'circuit-open' },
  },
  {
    name: 'a 404 that replaces a stale response',
    first: findRecording,
    second: findNothing,
    age: 1_000,
    parameters: { fwd: 'stale', 'fwd-status': 404, stored: true },
  },
  {
    name: 'a 502 because Twilio rejects the credentials',
    first: findRecording,
    second: failWithStatus(401, 'unauthorized'),
    age: 1_000,
    parameters: { fwd: 'stale', 'fwd-status': 502 },
  },
  {
    name: 'a stored 404',
    first: findNothing,
    second: findNothing,
    age: 5,
    parameters: { hit: true, ttl: 5 },
  },
  {
    name: 'a response that replaces a stale 404',
    first: findNothing,
    second: findRecording,
    age: 10,
    parameters: { fwd: 'stale', 'fwd-status': 200, stored: true },
  },
  {
    name: 'an error of the source',
    first: failWithStatus(500),
    second: failWithStatus(500),
    age: 0,
    parameters: { fwd: 'uri-miss', 'fwd-status': 502 },
  },
  {
    name: 'a response after an error, which is not stored',
    first: failWithStatus(500),
    second: findRecording,
    age: 0,
    parameters: { fwd: 'uri-miss', 'fwd-status': 200, stored: true },
  },
  ...REFUSALS.map(({ detail, error }) => ({
    name: `a call that is not permitted: ${detail}`,
    first: failWithStatus(500),
    second: refuseCall(detail, error),
    age: 0,
    parameters: { detail },
  })),
];

describe('Cache-Status', () => {
  it.each(ROWS)('has the parameters of RFC 9211 for $name', async ({ first, second, age, parameters }) => {
    const { request, clock } = createEdgeWithClock(first, second);
    await request();
    clock.skip(age * 1000);
    const actual = parseCacheStatus(cacheStatus(await request()));
    expect(actual).toEqual(parameters);
    const has = (name: string) => Object.hasOwn(actual, name);
    expect(has('hit') && has('fwd')).toBe(false);
    if (has('ttl')) expect(has('hit')).toBe(true);
    if (has('stored') || has('collapsed') || has('fwd-status')) expect(has('fwd')).toBe(true);
  });

  it('has collapsed for a request that waited for the read of another request', async () => {
    const { read, release } = deferred(findRecording);
    const { request, waitForRequests } = createTestEdge(read);
    const pending = [request(), request()];
    await waitForRequests(2);
    release();
    const responses = await Promise.all(pending);
    const parameters = responses.map((response) => parseCacheStatus(cacheStatus(response)));
    expect(parameters).toContainEqual({ fwd: 'uri-miss', 'fwd-status': 200, stored: true });
    expect(parameters).toContainEqual({ fwd: 'uri-miss', collapsed: true });
  });

  it('has hit and ttl for a HEAD and a 304 from the cache, as for a GET', async () => {
    const { request } = createTestEdge();
    await request();
    for (const init of [{ method: 'HEAD' }, { headers: { 'If-None-Match': '*' } }]) {
      expect(parseCacheStatus(cacheStatus(await request(PATH, init)))).toEqual({ hit: true, ttl: 300 });
    }
  });

  it.each<{ name: string; path: string; init?: RequestInit }>([
    { name: 'a 400', path: `${PATH}.json` },
    { name: 'the 404 of an unknown path', path: '/nothing' },
    { name: 'a 405', path: PATH, init: { method: 'POST' } },
    { name: 'a 414', path: `/${'a'.repeat(4096)}` },
    {
      name: 'the response to a preflight',
      path: PATH,
      init: {
        method: 'OPTIONS',
        headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'GET' },
      },
    },
  ])('is absent if the cache was not used: $name', async ({ path, init }) => {
    expect(cacheStatus(await createTestEdge().request(path, init))).toBeNull();
  });

  it('does not contain a cache key, a SID or an account', async () => {
    expect(cacheStatus(await createTestEdge().request())).not.toMatch(/(?:RM|RT|AC)[0-9a-f]{8}|key=/);
  });

  it('is absent with CACHE_STATUS=false', async () => {
    const { request } = createTestEdge(findRecording, { CACHE_STATUS: 'false' });
    expect(cacheStatus(await request())).toBeNull();
  });
});
