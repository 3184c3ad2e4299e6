import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { findNothing, PATH } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { sendToken } from './helpers.ts';
import { statusAndCode } from './runtime-cases.ts';
import { TWILIO_ACCESS, createTwilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
const OTHER_PATH = PATH.replace(/RT.*/, `RT${'b'.repeat(32)}`);

describe('the order of authorization and other decisions', () => {
  it('a cache hit is authorized like a miss', async () => {
    let now = NOW;
    const edge = createTestEdge(undefined, TWILIO_ACCESS, { now: () => now });
    const short = createTwilioToken({ ttl: 60 });
    expect((await sendToken(edge, short)).status).toBe(200);
    expect(await statusAndCode(await edge.request())).toBe('401 token_missing');
    expect(await statusAndCode(await sendToken(edge, createTwilioToken({ room: OTHER_ROOM })))).toBe(
      '403 forbidden',
    );
    now += 60_000;
    expect(await statusAndCode(await sendToken(edge, short))).toBe('401 token_expired');
    expect((await sendToken(edge, createTwilioToken())).headers.get('Cache-Status')).toContain('hit');
    expect(edge.reads).toHaveLength(1);
  });

  it('a conditional request without a token gets 401 and not 304 or 412', async () => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    await sendToken(edge, createTwilioToken());
    for (const headers of [{ 'If-None-Match': '*' }, { 'If-Match': '"x"' }]) {
      expect(await statusAndCode(await edge.request(PATH, { headers }))).toBe('401 token_missing');
    }
  });

  it.each([
    { name: 'no token', headers: {} },
    { name: 'an invalid token', headers: { Authorization: 'Bearer x' } },
    { name: 'an expired token', headers: { Authorization: `Bearer ${createTwilioToken({ ttl: -1 })}` } },
    {
      name: 'a token of another room',
      headers: { Authorization: `Bearer ${createTwilioToken({ room: OTHER_ROOM })}` },
    },
  ])(
    'with $name, the responses for an existing and a missing recording are equal, and the source is not read',
    async ({ headers }) => {
      const stored = createTestEdge(undefined, TWILIO_ACCESS);
      await sendToken(stored, createTwilioToken());
      const describeResponse = async (edge: typeof stored, path: string) => {
        const response = await edge.request(path, { headers });
        const id = response.headers.get('X-Request-Id') ?? '';
        const text = (await response.text()).replaceAll(id, '');
        const fields = [...response.headers].filter(([name]) => name !== 'x-request-id');
        return { status: response.status, text, fields };
      };
      const missing = createTestEdge(findNothing, TWILIO_ACCESS);
      const failing = createTestEdge(() => Promise.reject(new Error('down')), TWILIO_ACCESS);
      const one = await describeResponse(stored, PATH);
      expect(one.status).toBeGreaterThanOrEqual(401);
      expect(await describeResponse(stored, OTHER_PATH)).toEqual(one);
      expect(await describeResponse(missing, PATH)).toEqual(one);
      expect(await describeResponse(failing, PATH)).toEqual(one);
      expect([stored.reads, missing.reads, failing.reads].map(({ length }) => length)).toEqual([1, 0, 0]);
    },
  );

  it('a stored response is not sent to the next client without a token', async () => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    const first = await sendToken(edge, createTwilioToken());
    const second = await edge.request(PATH);
    expect([first.status, second.status]).toEqual([200, 401]);
    expect(await second.text()).not.toContain('OPUS');
  });

  it('path, method and SIDs are checked before the credential', async () => {
    const { request } = createTestEdge(undefined, TWILIO_ACCESS);
    expect(await statusAndCode(await request('/v1/Rooms'))).toBe('404 not_found');
    expect(await statusAndCode(await request(PATH, { method: 'POST' }))).toBe('405 method_not_allowed');
    expect(await statusAndCode(await request(`${PATH}x`))).toBe('400 invalid_sid');
    expect(await statusAndCode(await request(PATH))).toBe('401 token_missing');
    expect((await request('/healthz')).status).toBe(200);
  });

  it('the rate limit is checked before the token', async () => {
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, RATE_LIMIT: '1/60' });
    expect(await statusAndCode(await edge.request())).toBe('401 token_missing');
    const response = await sendToken(edge, createTwilioToken());
    expect(response.headers.get('Cache-Control')).toBe('private, no-store');
    expect(await statusAndCode(response)).toBe('429 rate_limited');
  });

  it('a misconfigured edge responds 503 before it checks the token', async () => {
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, RECORDINGS_SOURCE: '' });
    expect(await statusAndCode(await sendToken(edge, createTwilioToken()))).toBe('503 misconfigured');
  });

  it('the log contains neither a token nor the secret', async () => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    const token = createTwilioToken();
    await sendToken(edge, token);
    await sendToken(edge, `${token}x`);
    const log = JSON.stringify(edge.logEntries);
    for (const part of token.split('.')) expect(log).not.toContain(part);
    expect(log).not.toContain(TWILIO_ACCESS['TWILIO_API_SECRET']);
  });
});
