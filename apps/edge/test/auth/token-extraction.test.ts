import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { PATH } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { statusAndCode } from './runtime-cases.ts';
import { TWILIO_ACCESS, createTwilioToken } from './tokens.ts';

vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const validToken = createTwilioToken();

describe('the extraction of a token from a request', () => {
  const send = async (headers: HeadersInit, path = PATH, edge = createTestEdge(undefined, TWILIO_ACCESS)) =>
    statusAndCode(await edge.request(path, { headers }));

  it('the scheme Bearer is case-insensitive', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer ']) {
      expect(await send({ Authorization: `${scheme} ${createTwilioToken()}` })).toBe('200');
    }
  });

  it.each([
    { name: 'a request without the header', expected: '401 token_missing', headers: {} },
    { name: 'the scheme Basic', expected: '401 token_missing', headers: { Authorization: 'Basic YTpi' } },
    { name: 'the token alone', expected: '401 token_missing', headers: { Authorization: validToken } },
    { name: 'Bearer alone', expected: '401 token_invalid', headers: { Authorization: 'Bearer' } },
    { name: 'another header', expected: '401 token_missing', headers: { 'X-Token': validToken } },
    { name: 'a cookie', expected: '401 token_missing', headers: { Cookie: `access_token=${validToken}` } },
    {
      name: 'a header with two tokens',
      expected: '401 token_invalid',
      headers: { Authorization: `Bearer ${validToken} ${validToken}` },
    },
    {
      name: 'a header with two credentials',
      expected: '401 token_invalid',
      headers: { Authorization: `Bearer ${validToken}, Bearer ${validToken}` },
    },
    {
      name: 'a token in quotes',
      expected: '401 token_invalid',
      headers: { Authorization: `Bearer "${validToken}"` },
    },
  ])('$name gets $expected', async ({ expected, headers }) => {
    expect(await send(headers)).toBe(expected);
  });

  it('two Authorization headers get 401 token_invalid', async () => {
    const headers = new Headers({ Authorization: `Bearer ${validToken}` });
    headers.append('Authorization', `Bearer ${validToken}`);
    expect(await send(headers)).toBe('401 token_invalid');
  });

  it('a token in the query is ignored, and rejected beside a token in the header', async () => {
    const path = `${PATH}?access_token=${validToken}`;
    const headers = { Authorization: `Bearer ${validToken}` };
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    expect(await send({}, path, edge)).toBe('401 token_missing');
    expect(await send(headers, path, edge)).toBe('401 token_invalid');
    expect(await send(headers, PATH, edge)).toBe('200');
    expect(await send(headers, path, edge)).toBe('401 token_invalid');
    expect(await send(headers, `${PATH}?access%5Ftoken=x`, edge)).toBe('401 token_invalid');
    expect(await send(headers, `${PATH}?other=x`, edge)).toBe('200');
  });
});
