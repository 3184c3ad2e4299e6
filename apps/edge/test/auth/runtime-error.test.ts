import { signRecordingUrl } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { statusAndCode } from './runtime-cases.ts';
import {
  signHmacWithoutJose,
  signJwt,
  JWT_ACCESS,
  createIssuerKey,
  TWILIO_ACCESS,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
} from './tokens.ts';

const key = await createIssuerKey('ES256', 'ec');
const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const signed = await signRecordingUrl(PUBLIC_URL + PATH, {
  keys: [{ id: 'k', secret: 'canary-4f6a7b8c9d0e1f2a3b4c5d6e7f' }],
  expiresIn: 60,
  now: NOW,
});

/** Each strategy, and a request that it accepts. */
const STRATEGIES: readonly {
  strategy: string;
  variables: Readonly<Record<string, string>>;
  path: string;
  init: RequestInit;
}[] = [
  {
    strategy: 'twilio-token',
    variables: TWILIO_ACCESS,
    path: PATH,
    init: bearer(signHmacWithoutJose(TWILIO_HEADER, TWILIO_CLAIMS)),
  },
  { strategy: 'jwt', variables: JWT_ACCESS, path: PATH, init: bearer(await signJwt(key)) },
  {
    strategy: 'signed-url',
    variables: { ACCESS: 'signed-url', URL_SIGNING_KEYS: 'k:canary-4f6a7b8c9d0e1f2a3b4c5d6e7f' },
    path: signed.slice(PUBLIC_URL.length),
    init: {},
  },
];

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a runtime that cannot verify signatures', () => {
  it.each(STRATEGIES.flatMap((row) => (['importKey', 'verify'] as const).map((call) => ({ ...row, call }))))(
    'ACCESS=$strategy gets 503 auth_unavailable and a log entry if crypto.subtle.$call rejects',
    async ({ variables, path, init, call }) => {
      const edge = createTestEdge(undefined, variables, {
        fetch: async () => Response.json({ keys: [key.jwk] }),
      });
      vi.spyOn(crypto.subtle, call).mockRejectedValue(new DOMException('canary', 'NotSupportedError'));
      const response = await edge.request(path, init);
      expect(response.headers.get('Retry-After')).toBe('5');
      expect(await statusAndCode(response)).toBe('503 auth_unavailable');
      expect(edge.reads).toEqual([]);
      expect(edge.logEntries).toContainEqual(
        expect.objectContaining({ event: 'auth.strategy_failed', error: 'NotSupportedError' }),
      );
      expect(JSON.stringify(edge.logEntries)).not.toContain('canary');
      vi.restoreAllMocks();
      expect(await statusAndCode(await edge.request(path, init))).toBe('200');
    },
  );

  it('an invalid key of the issuer leads to 503 auth_unavailable, and an invalid token to 401', async () => {
    const bad = { ...key.jwk, x: 'AA', y: 'AA' };
    const edge = createTestEdge(undefined, JWT_ACCESS, { fetch: async () => Response.json({ keys: [bad] }) });
    expect(await statusAndCode(await edge.request(PATH, bearer(await signJwt(key))))).toBe(
      '503 auth_unavailable',
    );
    expect(edge.logEntries).toContainEqual(
      expect.objectContaining({ event: 'auth.strategy_failed', error: 'DataError' }),
    );
    expect(await statusAndCode(await edge.request(PATH, bearer('a.b.c')))).toBe('401 token_invalid');
  });
});
