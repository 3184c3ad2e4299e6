import { describe, expect, it } from 'vitest';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { CLAIMS, signJwt, JWT_ACCESS, createIssuerKey } from '../auth/tokens.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';

const pathOf = (sid: string) => `/v1/Rooms/${ROOM_SID}/Recordings/${sid}`;
/** Recordings that are there, and SIDs that lead nowhere. */
const there = (nth: number) => pathOf(`RTa${nth.toString(16).padStart(31, '0')}`);
const invented = (nth: number) => pathOf(`RTf${nth.toString(16).padStart(31, '0')}`);

/** An edge before a Twilio that answers at once. */
function openEdge(variables: Readonly<Record<string, string>>, keys: readonly object[] = []) {
  const clock = createFakeClock();
  const { now, sleep } = clock;
  const settings = parseConfig({
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: 'secret',
    PUBLIC_URL,
    ...variables,
  });
  if (settings.source?.name !== 'twilio') throw new Error('The source is not twilio.');
  const calls: string[] = [];
  const fetchTwilio = async (url: string) => {
    const sid = url.slice(-34);
    calls.push(sid);
    return sid.startsWith('RTa')
      ? Response.json({ ...RECORDING, sid })
      : Response.json({ code: 20404 }, { status: 404 });
  };
  const source = createTwilioSource(settings.source, fetchTwilio, {
    now,
    sleep,
    random: () => 0.5,
    staleOnUpstreamAuth: false,
  });
  const log = { wants: () => false, write() {} };
  const fetch = async () => Response.json({ keys });
  const { app } = createEdge(settings, source, { now, sleep, fetch, logger: log });
  const answer = createFetchHandler(app);
  return {
    clock,
    calls,
    async ask(path: string, headers: Readonly<Record<string, string>> = {}) {
      const response = await answer(new Request(PUBLIC_URL + path, { headers }));
      const body = (await response.json()) as { readonly error?: string };
      return { status: response.status, error: body.error, headers: response.headers };
    },
  };
}

const from = (address: string) => ({ 'x-real-ip': address });
const BY_ADDRESS = { CLIENT_IP_HEADER: 'X-Real-IP' };

describe('a flood of invented SIDs', () => {
  it('is refused by 429 with Retry-After, and keeps nobody else from reading', async () => {
    const edge = openEdge(BY_ADDRESS);
    for (let nth = 0; nth < 5; nth += 1)
      expect((await edge.ask(invented(nth), from('192.0.2.1'))).status).toBe(404);
    expect(await edge.ask(invented(5), from('192.0.2.1'))).toMatchObject({
      status: 503,
      error: 'overloaded',
    });
    for (let nth = 0; nth < 10; nth += 1)
      expect((await edge.ask(there(nth), from('192.0.2.2'))).status).toBe(200);
    const refused = await edge.ask(invented(6), from('192.0.2.1'));
    expect(refused).toMatchObject({ status: 429, error: 'rate_limited' });
    expect(refused.headers.get('Retry-After')).toBe('1');
    expect(refused.headers.get('Cache-Status')).toBe('room-recordings; detail=caller-limited');
  });

  it('is one caller from all addresses of an IPv6 /64', async () => {
    const edge = openEdge(BY_ADDRESS);
    for (let nth = 0; nth < 5; nth += 1) await edge.ask(invented(nth), from(`2001:db8::${nth}`));
    await edge.ask(there(1), from('192.0.2.2'));
    expect(await edge.ask(invented(9), from('2001:db8::9'))).toMatchObject({ status: 429 });
  });

  it('is one caller with one token, whatever else its requests bring', async () => {
    const key = await createIssuerKey('RS256', 'rsa');
    const edge = openEdge({ ...JWT_ACCESS, ...BY_ADDRESS }, [key.jwk]);
    const [flood, reader] = [await signJwt(key), await signJwt(key, { ...CLAIMS, jti: 'reader' })];
    const bearer = (token: string, nth: number) => ({
      authorization: `${nth % 2 === 0 ? 'Bearer' : 'bearer'} ${token}`,
      ...from(`192.0.2.${nth}`),
    });
    for (let nth = 0; nth < 5; nth += 1) await edge.ask(invented(nth), bearer(flood, nth));
    expect(await edge.ask(there(1), bearer(reader, 1))).toMatchObject({ status: 200 });
    for (let nth = 5; nth < 10; nth += 1) {
      expect(await edge.ask(invented(nth), bearer(flood, nth))).toMatchObject({ status: 429 });
    }
    expect(await edge.ask(there(2), bearer(reader, 2))).toMatchObject({ status: 200 });
    expect(edge.calls.filter((sid) => sid.startsWith('RTf'))).toHaveLength(5);
  });
});
