import { parseList, Token, type BareItem } from 'structured-headers';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/http/error-codes.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { CallNotPermittedError } from '../../src/twilio/resilience/errors.ts';
import {
  createEdgeWithClock,
  cacheStatus,
  findRecording,
  deferred,
  failWithStatus,
} from '../support/fake-source.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { findNothing, PATH } from '../support/recording.ts';

/** What a member may say (RFC 9211 §2), a token as its text. */
type Said = Readonly<Record<string, string | number | boolean>>;

/** Reads Cache-Status as the Structured Field List that it is, of one member which is a token. */
function read(text: string | null): Said {
  const [member, ...others] = parseList(text ?? '');
  expect(others).toEqual([]);
  const [name, parameters] = member ?? [];
  expect(name).toEqual(new Token('room-recordings'));
  return Object.fromEntries([...(parameters ?? [])].map(([key, value]) => [key, plain(value)]));
}

function plain(value: BareItem): string | number | boolean {
  if (value instanceof Token) return value.toString();
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Error(`${JSON.stringify(value)} is neither a token nor a number nor a flag.`);
}

const withhold = (detail: string, error: ErrorCode): RecordingSource['read'] => {
  return () => Promise.reject(new CallNotPermittedError(detail, error, 1));
};

const OPEN = withhold('circuit-open', 'circuit_open');

/** Everything that the edge says: what the source does at first and then, seconds until it is asked again, and the form. */
const FORMS: readonly (readonly [string, RecordingSource['read'], RecordingSource['read'], number, Said])[] =
  [
    ['fresh', findRecording, findRecording, 10, { hit: true, ttl: 290 }],
    ['fresh for the last second', findRecording, findRecording, 299, { hit: true, ttl: 1 }],
    [
      'stale, refreshed behind',
      findRecording,
      findRecording,
      312,
      { hit: true, ttl: -12, detail: 'stale-while-revalidate' },
    ],
    [
      'stale, asked for anew',
      findRecording,
      findRecording,
      1_000,
      { fwd: 'stale', 'fwd-status': 200, stored: true },
    ],
    [
      'stale, over an outage',
      findRecording,
      failWithStatus(503),
      1_000,
      { fwd: 'stale', 'fwd-status': 503, detail: 'stale-if-error' },
    ],
    [
      'stale, while nobody asks',
      findRecording,
      OPEN,
      1_000,
      { hit: true, ttl: -700, detail: 'circuit-open' },
    ],
    [
      'stale, and gone since',
      findRecording,
      findNothing,
      1_000,
      { fwd: 'stale', 'fwd-status': 404, stored: true },
    ],
    [
      'stale, and refused since',
      findRecording,
      failWithStatus(401, 'unauthorized'),
      1_000,
      { fwd: 'stale', 'fwd-status': 401 },
    ],
    ['a 404 that is kept', findNothing, findNothing, 5, { hit: true, ttl: 5 }],
    [
      'a 404 that is asked for anew',
      findNothing,
      findRecording,
      10,
      { fwd: 'stale', 'fwd-status': 200, stored: true },
    ],
    ['a failure', failWithStatus(500), failWithStatus(500), 0, { fwd: 'uri-miss', 'fwd-status': 502 }],
    [
      'nothing, after a failure',
      failWithStatus(500),
      findRecording,
      0,
      { fwd: 'uri-miss', 'fwd-status': 200, stored: true },
    ],
    ...(
      [
        ['circuit-open', 'circuit_open'],
        ['overloaded', 'overloaded'],
        ['rate-limited', 'upstream_rate_limited'],
        ['unavailable', 'upstream_unavailable'],
        ['upstream-auth', 'upstream_auth'],
      ] as const
    ).map(
      ([detail, error]) =>
        [
          `nothing, while nobody asks: ${detail}`,
          failWithStatus(500),
          withhold(detail, error),
          0,
          { detail },
        ] as const,
    ),
  ];

describe('Cache-Status', () => {
  it.each(FORMS)(
    'R48, R49: is a list of one token with parameters: %s',
    async (_what, first, then, age, said) => {
      const { request, clock } = createEdgeWithClock(first, then);
      await request();
      clock.skip(age * 1000);
      const answer = await request();
      expect(read(cacheStatus(answer))).toEqual(said);
    },
  );

  it.each(FORMS)('R49, R50: says hit or fwd, and the rest beside the right one: %s', (...[, , , , said]) => {
    const has = (name: string) => Object.hasOwn(said, name);
    expect(has('hit') && has('fwd')).toBe(false);
    if (has('ttl')) expect(has('hit')).toBe(true);
    if (has('stored') || has('collapsed') || has('fwd-status')) expect(has('fwd')).toBe(true);
  });

  it('R48, R50: is one for who waited for the call of another', async () => {
    const held = deferred(findRecording);
    const { request, waitForRequests } = createTestEdge(held.read);
    const asking = [request(), request()];
    await waitForRequests(2);
    held.release();
    const said = (await Promise.all(asking)).map((answer) => read(cacheStatus(answer)));
    expect(said).toContainEqual({ fwd: 'uri-miss', 'fwd-status': 200, stored: true });
    expect(said).toContainEqual({ fwd: 'uri-miss', collapsed: true });
  });

  it('R48: is the same for HEAD and on a 304', async () => {
    const { request } = createTestEdge();
    await request();
    for (const init of [{ method: 'HEAD' }, { headers: { 'If-None-Match': '*' } }]) {
      expect(read(cacheStatus(await request(PATH, init)))).toEqual({ hit: true, ttl: 300 });
    }
  });
});
