import { describe, expect, it } from 'vitest';
import { CLAIMS, signJwt, JWT_ACCESS, createIssuerKey } from '../auth/tokens.ts';
import {
  createEdgeWithFakeTwilio,
  respondWithError,
  respondWithRecording,
  type TwilioEdge,
} from '../support/twilio-edge.ts';

/** Creates the SID of a recording that exists. */
const existing = (nth: number) => `RTa${nth.toString(16).padStart(31, '0')}`;
/** Creates a SID that does not exist. */
const invented = (nth: number) => `RTf${nth.toString(16).padStart(31, '0')}`;

/** Creates an edge whose Twilio finds the existing recordings, and whose issuer has these keys. */
function createEdge(variables: Readonly<Record<string, string>>, keys: readonly object[] = []): TwilioEdge {
  const edge = createEdgeWithFakeTwilio(variables, { fetch: async () => Response.json({ keys }) });
  edge.setTwilio((sid) =>
    sid.startsWith('RTa') ? respondWithRecording()(sid) : respondWithError(404, {}, 20404)(sid),
  );
  return edge;
}

const from = (address: string) => ({ 'x-real-ip': address });
const BY_ADDRESS = { CLIENT_IP_HEADER: 'X-Real-IP' };
const RATE_LIMITED = { status: 429, body: { error: 'rate_limited' } };

describe('a flood of invented SIDs', () => {
  it('is rejected with 429 and Retry-After, and does not affect other clients', async () => {
    const edge = createEdge(BY_ADDRESS);
    for (let nth = 0; nth < 5; nth += 1)
      expect((await edge.fetchRecording(invented(nth), from('192.0.2.1'))).status).toBe(404);
    expect(await edge.fetchRecording(invented(5), from('192.0.2.1'))).toMatchObject({
      status: 503,
      body: { error: 'overloaded' },
    });
    for (let nth = 0; nth < 10; nth += 1)
      expect((await edge.fetchRecording(existing(nth), from('192.0.2.2'))).status).toBe(200);
    const rejected = await edge.fetchRecording(invented(6), from('192.0.2.1'));
    expect(rejected).toMatchObject(RATE_LIMITED);
    expect(rejected.headers.get('Retry-After')).toBe('1');
    expect(rejected.headers.get('Cache-Status')).toBe('room-recordings; detail=client-limited');
  });

  it('counts as one client from all addresses of an IPv6 /64', async () => {
    const edge = createEdge(BY_ADDRESS);
    for (let nth = 0; nth < 5; nth += 1) await edge.fetchRecording(invented(nth), from(`2001:db8::${nth}`));
    await edge.fetchRecording(existing(1), from('192.0.2.2'));
    expect(await edge.fetchRecording(invented(9), from('2001:db8::9'))).toMatchObject(RATE_LIMITED);
  });

  it('counts as one client if it has one token, also from several addresses and in several spellings', async () => {
    const key = await createIssuerKey('RS256', 'rsa');
    const edge = createEdge({ ...JWT_ACCESS, ...BY_ADDRESS }, [key.jwk]);
    const [floodToken, otherToken] = [await signJwt(key), await signJwt(key, { ...CLAIMS, jti: 'other' })];
    const bearer = (token: string, nth: number) => ({
      authorization: `${nth % 2 === 0 ? 'Bearer' : 'bearer'} ${token}`,
      ...from(`192.0.2.${nth}`),
    });
    for (let nth = 0; nth < 5; nth += 1) await edge.fetchRecording(invented(nth), bearer(floodToken, nth));
    expect(await edge.fetchRecording(existing(1), bearer(otherToken, 1))).toMatchObject({ status: 200 });
    for (let nth = 5; nth < 10; nth += 1) {
      expect(await edge.fetchRecording(invented(nth), bearer(floodToken, nth))).toMatchObject(RATE_LIMITED);
    }
    expect(await edge.fetchRecording(existing(2), bearer(otherToken, 2))).toMatchObject({ status: 200 });
    expect(edge.calls.filter(({ sid }) => sid.startsWith('RTf'))).toHaveLength(5);
  });
});
